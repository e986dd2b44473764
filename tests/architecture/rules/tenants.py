"""No statement forgets whose row it is: each one on a tenant's table asks the access relation.

A statement that runs after the visible row was loaded and locked says so: ``-- tenant: <reason>``.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.architecture.rules.expressions import Function, Program
from tests.architecture.rules.source import PACKAGE, SERVICES, finding, module_name, python_files, tree_of

TENANT_SCHEMAS = ("project", "task", "notification")
RUNS_A_STATEMENT = frozenset(
    {"fetch", "fetch_row", "fetch_value", "execute", "executemany", "fetchrow", "fetchval", "read_page"}
)
PREDICATE = re.compile(r"\b(?:access_v1|workspace_access_v1|subjects_v[12])\b|--[ ]*tenant:[ ]*\S")
OWN_ROWS = re.compile(r"\bperson_id = \$\d")
TABLE = re.compile(r"CREATE TABLE (\w+)\.(\w+) \((.*?)\n\)", re.DOTALL)
USE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+(?:ONLY\s+)?(?:(\w+)\.)?(\w+)")
PUBLISHED = re.compile(r"\w+_v\d+")


def unguarded_statements(root: Path) -> list[str]:
    """Statements on a tenant's table without an access predicate or a reason."""
    tables = tenant_tables(root)
    return [
        finding(root, path, line, f"{function} uses {', '.join(sorted(used))} without an access predicate")
        for path, function, line, text in _statements(root)
        if (used := _tables_used(text, _service_of(root, path), tables)) and not _is_guarded(text, used)
    ]


def unreadable_statements(root: Path) -> list[str]:
    """Statements that are put together where no reader can see them."""
    return [
        finding(root, path, line, f"{function} runs a statement that cannot be read in place")
        for path, function, line, text in _statements(root)
        if not text.strip()
    ]


def asked_for_too_much(root: Path) -> list[str]:
    """Statements bound to the ``id`` of a caller beside their credential's limit: the relation knows ``access_id``.

    Under ``id`` somebody without a second factor would have all of their rights.
    """
    return [
        finding(root, path, node.lineno, "asks with the caller's id; the access relation is asked with access_id")
        for service in SERVICES
        for path in python_files(root, str(PACKAGE / service))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call | ast.Tuple) and _binds_id(node)
    ]


def _binds_id(node: ast.Call | ast.Tuple) -> bool:
    values = node.args if isinstance(node, ast.Call) else node.elts
    named = [value.attr if isinstance(value, ast.Attribute) else "" for value in values]
    return ("id", "project_ids") in pairwise(named)


def foreign_tables(root: Path) -> list[str]:
    """Uses of another schema's tables that are not published views."""
    return [
        finding(root, path, line, f"{function} uses {schema}.{name}, which is not a published view")
        for path, function, line, text in _statements(root)
        for schema, name in USE.findall(text)
        if schema and not PUBLISHED.fullmatch(name)
    ]


def tenant_tables(root: Path) -> dict[str, set[str]]:
    """The tables of each schema that hold rows of a workspace, from the migrations."""
    found: dict[str, set[str]] = {schema: set() for schema in TENANT_SCHEMAS}
    for schema in TENANT_SCHEMAS:
        for path in sorted((root / "migrations" / schema).glob("*.sql")):
            for _, name, columns in TABLE.findall(path.read_text(encoding="utf-8")):
                if "workspace_id" in columns or name == "workspaces":
                    found[schema].add(name)
    return found


def _tables_used(text: str, service: str, tables: dict[str, set[str]]) -> set[str]:
    return {name for schema, name in USE.findall(text) if name in tables.get(schema or service, ())}


def _is_guarded(text: str, used: set[str]) -> bool:
    if used == {"notifications"} and OWN_ROWS.search(text):
        return True
    return PREDICATE.search(text) is not None


def _service_of(root: Path, path: Path) -> str:
    return path.relative_to(root / PACKAGE).parts[0]


def _statements(root: Path) -> Iterator[tuple[Path, str, int, str]]:
    """Every statement that a service runs: file, function, line and text."""
    program = Program(root)
    for service in SERVICES:
        for path in python_files(root, str(PACKAGE / service)):
            if "queries" not in path.relative_to(root).with_suffix("").parts:
                continue
            tree, module = tree_of(path), module_name(root, path)
            for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
                for expression in _run_by(tree, function):
                    for text in program.alternatives(module, function, expression):
                        yield path, function.name, expression.lineno, text


def _run_by(tree: ast.Module, function: Function) -> Iterator[ast.expr]:
    """What a function hands to the database; what it was handed itself is looked at in its callers."""
    own = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
    runners = dict(_runners(tree))
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        place = 0 if isinstance(call.func, ast.Attribute) and call.func.attr in RUNS_A_STATEMENT else None
        if isinstance(call.func, ast.Name) and call.func.id in runners:
            place = runners[call.func.id]
        if place is None or len(call.args) <= place:
            continue
        expression = call.args[place]
        is_handed_on = function.name.startswith("_") or function.name in RUNS_A_STATEMENT
        if not (is_handed_on and _begins_with(expression) in own):
            yield expression


def _begins_with(expression: ast.expr) -> str:
    """The name that an expression like ``name``, ``name.part`` or ``name.part(...)`` begins with."""
    while isinstance(expression, ast.Attribute | ast.Call):
        expression = expression.value if isinstance(expression, ast.Attribute) else expression.func
    return expression.id if isinstance(expression, ast.Name) else ""


def _runners(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Private functions that run a statement they are given, and which argument it is."""
    for function in (node for node in tree.body if isinstance(node, Function) and node.name.startswith("_")):
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            runs = isinstance(call.func, ast.Attribute) and call.func.attr in RUNS_A_STATEMENT
            if runs and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id in names:
                yield function.name, names.index(call.args[0].id)
