"""Which credentials may read and mark, and how far they are narrowed."""

from collections.abc import Callable

import pytest

from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied
from taskyard.notification import permissions

RULES: dict[str, Callable[[Principal], None]] = {
    "notifications:read": permissions.require_reading_notifications,
    "notifications:write": permissions.require_marking_notifications,
    "events:read": permissions.require_reading_events,
    "webhooks:read": permissions.require_reading_webhooks,
    "webhooks:write": permissions.require_changing_webhooks,
}


@pytest.mark.parametrize("scope", RULES)
def test_a_credential_needs_the_scope(scope: str) -> None:
    RULES[scope](Principal(id="p"))
    RULES[scope](Principal(id="p", scopes=frozenset({scope})))
    with pytest.raises(PermissionDenied, match=scope):
        RULES[scope](Principal(id="p", scopes=frozenset(RULES) - {scope}))


@pytest.mark.parametrize("scope", RULES)
def test_a_service_has_no_notifications_and_no_events(scope: str) -> None:
    with pytest.raises(PermissionDenied):
        RULES[scope](Principal(id="gateway", kind="service"))


def test_a_filter_narrows_and_never_widens() -> None:
    limit = frozenset({"a", "b"})
    assert permissions.narrowed(None, None) is None
    assert permissions.narrowed(limit, None) == limit
    assert permissions.narrowed(None, ["a"]) == frozenset({"a"})
    assert permissions.narrowed(limit, ["a"]) == frozenset({"a"})
    assert permissions.narrowed(limit, ["c"]) == frozenset()
