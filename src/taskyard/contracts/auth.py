"""What the auth service announces. Account events have the person as their only audience."""

PERSON_REGISTERED = "person.registered.v1"
PERSON_UPDATED = "person.updated.v1"
SESSION_STARTED = "session.started.v1"
SESSION_REVOKED = "session.revoked.v1"
