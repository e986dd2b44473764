"""A company whose changes are followed while things break."""

from tests.notification.conftest import company, door, hooks, hub, receiver, running, wake

__all__ = ["company", "door", "hooks", "hub", "receiver", "running", "wake"]
