"""A check that cannot fail is a defect: every rule is fed a small tree that breaks it, and one that does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.rules import annotations, docstrings, migrations, places, rooms, sizes, statements, tenants

Rule = Callable[[Path], list[str]]

TABLES = """
CREATE TABLE task.tasks (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL
);
CREATE TABLE notification.notifications (
    person_id uuid NOT NULL,
    workspace_id uuid NOT NULL
);
"""
QUERY = '''"""Statements."""

from taskyard.contracts.access import VISIBLE

_COLUMNS = "t.id"
_GUARDED = f"SELECT {_COLUMNS} FROM tasks t WHERE {VISIBLE.format(person='$2')}"


async def find_task(db, task_id):
    """One task."""
    return await db.fetch_row(STATEMENT, task_id)
'''
ACCESS = '"""Fragments."""\n\nVISIBLE = "EXISTS (SELECT 1 FROM project.access_v1)"\n'

BAD: list[tuple[Rule, str, str]] = [
    (sizes.long_files, "src/taskyard/task/models.py", '"""Long."""\n' + "x = 1\n" * 300),
    (sizes.long_files, "tests/test_long.py", "x = 1\n" * 301),
    (sizes.long_functions, "src/taskyard/task/models.py", '"""Long."""\n\n\ndef f():\n' + "    x = 1\n" * 40),
    (docstrings.missing_docstrings, "src/taskyard/kit/clock.py", "x = 1\n"),
    (docstrings.missing_docstrings, "src/taskyard/kit/clock.py", '"""Time."""\n\n\ndef now():\n    return 1\n'),
    (docstrings.missing_docstrings, "src/taskyard/kit/clock.py", '"""Time."""\n\n\nclass Clock:\n    x = 1\n'),
    (rooms.unknown_rooms, "src/taskyard/task/utils.py", '"""Things."""\n'),
    (rooms.unknown_rooms, "src/taskyard/auth/streams.py", '"""A room only notification has."""\n'),
    (rooms.unknown_rooms, "src/taskyard/project/domain/tree.py", '"""A folder nobody agreed on."""\n'),
    (rooms.empty_names, "src/taskyard/kit/helpers.py", '"""Things."""\n'),
    (rooms.empty_names, "src/taskyard/task/actions/task_manager.py", '"""Things."""\n'),
    (annotations.loose_types, "src/taskyard/task/actions.py", '"""A."""\n\n\ndef f(x: dict[str, Any]): ...\n'),
    (annotations.loose_types, "src/taskyard/task/actions.py", '"""A."""\n\n\ndef f() -> Any: ...\n'),
    (annotations.mutable_contracts, "src/taskyard/contracts/task.py", "class Task(msgspec.Struct):\n    id: str\n"),
    (statements.misplaced_statements, "src/taskyard/task/actions.py", 'x = "SELECT 1 FROM tasks"\n'),
    (statements.misplaced_statements, "src/taskyard/kit/health.py", 'x = f"""\n  UPDATE jobs SET state = {y}"""\n'),
    (statements.misplaced_statements, "src/taskyard/contracts/task.py", 'x = "WITH a AS (SELECT 1)"\n'),
    (statements.database_clocks, "src/taskyard/task/queries.py", 'x = "UPDATE tasks SET at = now()"\n'),
    (statements.database_clocks, "migrations/task/0002_more.sql", "at timestamptz DEFAULT CURRENT_TIMESTAMP\n"),
    (migrations.made_twice, "migrations/task/0002_more.sql", "CREATE VIEW a_v1 AS;\nCREATE VIEW task.a_v1 AS;\n"),
]


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("rule", "name", "text"), BAD, ids=lambda value: getattr(value, "__name__", None))
def test_rule_reports_a_bad_file(tmp_path: Path, rule: Rule, name: str, text: str) -> None:
    write(tmp_path, name, text)
    findings = rule(tmp_path)
    assert len(findings) == 1
    assert findings[0].startswith(name.partition("/tree.py")[0])


GOOD: list[tuple[Rule, str, str]] = [
    (sizes.long_files, "src/taskyard/task/models.py", '"""Full."""\n' + "x = 1\n" * 299),
    (sizes.long_functions, "src/taskyard/task/models.py", '"""Full."""\n\n\ndef f():\n' + "    x = 1\n" * 39),
    (rooms.unknown_rooms, "src/taskyard/task/actions/tasks.py", '"""Verbs."""\n'),
    (annotations.loose_types, "src/taskyard/task/routes.py", "def f(request: Request[Any, Any, Any]): ...\n"),
    (
        statements.misplaced_statements,
        "src/taskyard/task/actions.py",
        '"""SELECT is for queries."""\nx = "Update it"\n',
    ),
    (statements.misplaced_statements, "src/taskyard/task/queries.py", 'x = "SELECT 1 FROM tasks"\n'),
]


@pytest.mark.parametrize(("rule", "name", "text"), GOOD, ids=lambda value: getattr(value, "__name__", None))
def test_rule_lets_a_good_file_pass(tmp_path: Path, rule: Rule, name: str, text: str) -> None:
    write(tmp_path, name, text)
    assert rule(tmp_path) == []


def run_statement(root: Path, service: str, statement: str) -> list[str]:
    write(root, "migrations/task/0001_tasks.sql", TABLES)
    write(root, "migrations/notification/0001_notifications.sql", TABLES)
    write(root, "src/taskyard/contracts/access.py", ACCESS)
    write(root, f"src/taskyard/{service}/queries/tasks.py", QUERY.replace("STATEMENT", statement))
    return tenants.unguarded_statements(root)


@pytest.mark.parametrize(
    "statement",
    [
        '"SELECT id FROM tasks WHERE id = $1"',
        '"UPDATE tasks SET title = $1"',
        '"INSERT INTO task.tasks (id) VALUES ($1)"',
        'f"SELECT {_COLUMNS} FROM tasks t"',
        '_GUARDED if task_id else "SELECT id FROM tasks"',
        '"SELECT id FROM tasks -- tenant:"',
        '"SELECT id FROM tasks WHERE person_id = $1"',
    ],
)
def test_tenant_statement_without_predicate_is_reported(tmp_path: Path, statement: str) -> None:
    (reported,) = run_statement(tmp_path, "task", statement)
    assert "find_task uses tasks without an access predicate" in reported


@pytest.mark.parametrize(
    ("service", "statement"),
    [
        ("task", "_GUARDED"),
        ("task", '_GUARDED + " LIMIT 1"'),
        ("task", '"SELECT t.id FROM tasks t WHERE " + VISIBLE'),
        ("task", '"UPDATE tasks SET x = 1 -- tenant: the row is locked by lock_task"'),
        ("task", '"SELECT key FROM project.projects_v1"'),
        ("notification", '"SELECT id FROM notifications WHERE person_id = $1"'),
    ],
)
def test_guarded_statement_passes(tmp_path: Path, service: str, statement: str) -> None:
    assert run_statement(tmp_path, service, statement) == []


def test_statement_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    run_statement(tmp_path, "task", "task_id.statement()")
    assert len(tenants.unreadable_statements(tmp_path)) == 1


def test_statement_handed_to_a_private_runner_is_looked_at(tmp_path: Path) -> None:
    runner = 'await _run(db, "SELECT id FROM tasks")\n\n\nasync def _run(db, sql):\n    return await db.fetch(sql)\n'
    text = QUERY.replace("await db.fetch_row(STATEMENT, task_id)\n", runner)
    run_statement(tmp_path, "task", "_GUARDED")
    write(tmp_path, "src/taskyard/task/queries/tasks.py", text)
    assert len(tenants.unguarded_statements(tmp_path)) == 1


def test_table_of_another_schema_is_reported(tmp_path: Path) -> None:
    run_statement(tmp_path, "task", '"SELECT id FROM project.projects JOIN project.projects_v1 USING (id)"')
    (reported,) = tenants.foreign_tables(tmp_path)
    assert "project.projects, which is not a published view" in reported


@pytest.mark.parametrize("bound", ["caller.id, caller.project_ids", "*(caller.id, caller.project_ids)"])
def test_statement_that_asks_for_too_much_is_reported(tmp_path: Path, bound: str) -> None:
    run = QUERY.replace("STATEMENT, task_id", f"STATEMENT, {bound}")
    write(tmp_path, "src/taskyard/task/queries/tasks.py", run)
    assert len(tenants.asked_for_too_much(tmp_path)) == 1
    write(tmp_path, "src/taskyard/task/queries/tasks.py", run.replace("caller.id", "caller.access_id"))
    assert tenants.asked_for_too_much(tmp_path) == []


@pytest.mark.parametrize(
    "parts", [("cd /wo", "rk/main"), ("cache = '/tm", "p/x'"), ("--index-", "url x"), ("https://pypi", ".org/simple")]
)
def test_place_of_one_machine_is_reported(tmp_path: Path, parts: tuple[str, str]) -> None:
    path = write(tmp_path, "Makefile", "".join(parts))
    assert len(places.tied_to_a_place(tmp_path, [path])) == 1
