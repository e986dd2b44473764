"""What the database driver raises, in the words of the door: refusals, outages, and outcomes nobody knows."""

import asyncpg

from taskyard.kit.problems import OutcomeUnknown, Unavailable


class DuplicateRow(Exception):  # noqa: N818 - says what happened, like every refusal
    """A unique constraint refused the row; ``constraint`` names it."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


_ROLLED_BACK = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.TransactionIntegrityConstraintViolationError,
)
"""What PostgreSQL says when a COMMIT certainly had no effect."""


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    TimeoutError,
    OSError,
)


def had_no_effect(error: BaseException) -> bool:
    """Whether the statement that was to commit certainly did nothing."""
    if isinstance(error, _ROLLED_BACK):
        return True
    return isinstance(error, asyncpg.PostgresError) and not isinstance(error, _LOST)


def is_doubtful(error: Exception) -> bool:
    """Whether a connection cannot be used again after this: it is lost, or nobody knows where it stands."""
    reason = error.__cause__ or error
    is_lost = isinstance(reason, _LOST) and not isinstance(reason, asyncpg.QueryCanceledError)
    return is_lost or isinstance(error, OutcomeUnknown) or _is_half_sent(error)


def _is_half_sent(error: Exception) -> bool:
    """Whether the driver itself, not PostgreSQL, found a value wrong: it leaves the statement open then."""
    return isinstance(error, asyncpg.DataError) and getattr(error, "severity", None) is None


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection cut in the middle of an answer leaves the driver confused
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What the driver raises when the database cannot answer now."""


class _Translation:
    """Turns what the driver raises into what the door understands; no generator, because that costs ten times more."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None:
            translate(error)


translated = _Translation()


def translate(error: BaseException) -> None:
    """Raise the refusal that an error of the driver stands for; nothing where it is a mistake of ours."""
    if isinstance(error, asyncpg.UniqueViolationError):
        raise DuplicateRow(error.constraint_name or "") from error
    if isinstance(error, ValueError):  # a value the driver cannot send, although the driver calls it InterfaceError
        return
    if isinstance(error, _AWAY):
        raise Unavailable from error
