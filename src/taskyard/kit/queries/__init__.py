"""The kit's own statements: the change log, idempotency, jobs, leases and consumers."""
