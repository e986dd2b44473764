"""The event door of the auth service: what the audit trail keeps of the change log."""

from taskyard.auth.actions.audit import record
from taskyard.contracts.audit import AUDITED
from taskyard.kit.consumers import Consumer


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log."""
    return [Consumer(name="audit_trail", handle_span=record, types=AUDITED, gather=1.0)]
