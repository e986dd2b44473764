"""The source obeys the house rules, one test each. STYLE.md says why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taskyard.kit.settings import example_file
from tests.architecture.rules import (
    annotations,
    docstrings,
    migrations,
    places,
    rooms,
    sizes,
    statements,
    tenants,
)

ROOT = Path(__file__).resolve().parents[2]
RULES: list[Callable[[Path], list[str]]] = [
    sizes.long_files,
    sizes.long_functions,
    docstrings.missing_docstrings,
    rooms.unknown_rooms,
    rooms.empty_names,
    annotations.loose_types,
    annotations.mutable_contracts,
    statements.misplaced_statements,
    statements.database_clocks,
    migrations.made_twice,
    tenants.unguarded_statements,
    tenants.unreadable_statements,
    tenants.foreign_tables,
    tenants.asked_for_too_much,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_source_obeys(rule: Callable[[Path], list[str]]) -> None:
    findings = rule(ROOT)
    assert not findings, "\n" + "\n".join(findings)


def test_no_file_is_tied_to_a_machine_or_a_registry() -> None:
    findings = places.tied_to_a_place(ROOT, places.tracked_files(ROOT))
    assert not findings, "\n" + "\n".join(findings)


def test_example_settings_are_the_table_of_settings() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example_file()


def test_every_tenant_schema_has_tables_to_guard() -> None:
    assert all(tenants.tenant_tables(ROOT).values())
