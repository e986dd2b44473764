"""SQL lives in ``queries``, and business time never comes from the database's clock."""

import ast
import re
from pathlib import Path

from tests.architecture.rules.source import PACKAGE, docstrings_of, finding, source_files, tree_of

STATEMENT = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*"
    r"(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|MERGE\s+INTO|TRUNCATE|CREATE|ALTER|DROP|GRANT|REVOKE)\s+[\w\"({*$]"
)
FRAGMENTS = PACKAGE / "contracts/access.py"
DATABASE_CLOCK = re.compile(
    r"\b(?:now\(\)|current_timestamp|current_date|localtimestamp|(?:clock|statement|transaction)_timestamp\(\))",
    re.IGNORECASE,
)
# Leases are infrastructure: every process must agree on their time, so the database's clock decides.
MAY_ASK_THE_DATABASE_CLOCK = frozenset(
    {
        PACKAGE / "kit/queries/leases.py",
        PACKAGE / "kit/queries/locks.py",
        PACKAGE / "kit/queries/jobs.py",
        PACKAGE / "notification/queries/dispatching.py",
        Path("migrations/log/0001_change_log.sql"),  # the first epoch is the moment of creation
    }
)


def misplaced_statements(root: Path) -> list[str]:
    """String literals that look like a statement, outside the rooms where statements live."""
    return [
        finding(root, path, node.lineno, "SQL belongs in queries")
        for path in source_files(root)
        if not _may_hold_sql(path.relative_to(root))
        for node in _literals(path)
        if STATEMENT.match(str(node.value))
    ]


def database_clocks(root: Path) -> list[str]:
    """Statements and tables that ask the database what time it is."""
    found = [
        finding(root, path, node.lineno, "business time comes from kit.clock, as a bound parameter")
        for path in source_files(root)
        if _may_hold_sql(path.relative_to(root)) and path.relative_to(root) not in MAY_ASK_THE_DATABASE_CLOCK
        for node in _literals(path)
        if DATABASE_CLOCK.search(str(node.value))
    ]
    for path in sorted((root / "migrations").rglob("*.sql")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if DATABASE_CLOCK.search(line) and path.relative_to(root) not in MAY_ASK_THE_DATABASE_CLOCK:
                found.append(finding(root, path, number, "business time comes from kit.clock, never from a default"))
    return found


def _may_hold_sql(path: Path) -> bool:
    return path == FRAGMENTS or "queries" in path.with_suffix("").parts


def _literals(path: Path) -> list[ast.Constant]:
    tree = tree_of(path)
    documentation = docstrings_of(tree)
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation
    ]
