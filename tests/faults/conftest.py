"""A company whose changes are followed while things break."""

from tests.notification.conftest import company, door, hub, running, wake

__all__ = ["company", "door", "hub", "running", "wake"]
