"""A company whose changes are followed while things break."""

from tests.notification.conftest import company, door, hooks, hub, receiver, running, wake
from tests.task.conftest import ann, as_person, people, shelf, world

__all__ = [
    "ann",
    "as_person",
    "company",
    "door",
    "hooks",
    "hub",
    "people",
    "receiver",
    "running",
    "shelf",
    "wake",
    "world",
]
