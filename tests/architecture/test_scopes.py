"""Every route asks for a scope that exists, and every scope that exists is asked for."""

from pathlib import Path

import pytest

from taskyard.contracts.scopes import SCOPES
from tests.architecture.rules import scopes

ROOT = Path(__file__).resolve().parents[2]
ROUTE = '''"""Things."""

READ, WRITE = "things:read", "things:fly"


@get("/things")
async def list_things(caller, database):
    """Things."""
    FIRST
    return await database.fetch()


async def _list(caller):
    require_scope(caller, READ)
'''


def test_every_route_asks_for_a_scope() -> None:
    findings = scopes.routes_without_scope(ROOT)
    assert not findings, "\n" + "\n".join(findings)


def test_every_scope_that_is_asked_for_is_listed() -> None:
    findings = scopes.unknown_scopes(ROOT, set(SCOPES))
    assert not findings, "\n" + "\n".join(findings)


def test_every_listed_scope_is_asked_for_somewhere() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/taskyard").rglob("*.py"))
    assert [scope for scope in SCOPES if sources.count(f'"{scope}"') < 2] == []


def test_the_document_lists_every_scope() -> None:
    document = (ROOT / "docs/api-keys.md").read_text(encoding="utf-8")
    assert [scope for scope in SCOPES if f"| `{scope}` |" not in document] == []


def _small(root: Path, first: str) -> Path:
    path = root / "src/taskyard/task/routes/things.py"
    path.parent.mkdir(parents=True)
    path.write_text(ROUTE.replace("FIRST", first), encoding="utf-8")
    return root


@pytest.mark.parametrize("first", ["pass", "check(caller)", "require_scope(database, READ)", "require_scope(READ)"])
def test_route_without_scope_is_reported(tmp_path: Path, first: str) -> None:
    assert len(scopes.routes_without_scope(_small(tmp_path, first))) == 1


@pytest.mark.parametrize(
    "first", ["require_scope(caller, READ)", "permissions.require_reading(caller)", "await _list(caller)"]
)
def test_route_with_a_scope_passes(tmp_path: Path, first: str) -> None:
    assert scopes.routes_without_scope(_small(tmp_path, first)) == []


@pytest.mark.parametrize("first", ["require_scope(caller, WRITE)", 'require_scope(caller, "things:fly")'])
def test_scope_that_does_not_exist_is_reported(tmp_path: Path, first: str) -> None:
    (reported,) = scopes.unknown_scopes(_small(tmp_path, first), {"things:read"})
    assert "things:fly is not in contracts/scopes.py" in reported
