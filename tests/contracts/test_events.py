"""What webhooks may ask for is what there is."""

import importlib
import pkgutil

from taskyard import contracts
from taskyard.contracts.events import PERSONAL, SHARED, types_in, wants


def test_every_type_is_shared_or_personal() -> None:
    names = [module.name for module in pkgutil.iter_modules(contracts.__path__)]
    others = {name: types_in(importlib.import_module(f"taskyard.contracts.{name}")) for name in names}
    of_people = others.pop("auth") | others.pop("groups")
    assert set().union(*others.values()) == SHARED | PERSONAL
    assert not of_people & SHARED
    assert len(SHARED) > 30


def test_a_pattern_means_a_type_or_its_beginning() -> None:
    assert wants("*", "task.created.v1")
    assert wants("task.*", "task.created.v1")
    assert wants("task.created.v1", "task.created.v1")
    assert not wants("task", "task.created.v1")
    assert not wants("comment.*", "task.created.v1")
