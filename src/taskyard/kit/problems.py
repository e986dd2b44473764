"""How Taskyard says no: problem documents by RFC 9457.

A refusal is an exception. Its class name is the stable ``code``, its docstring the title,
its ``status`` the HTTP status. It is raised where the reason is known and caught once, at the door.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import msgspec

PROBLEM_MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """One fault in the input: a JSON pointer (RFC 6901) to the place, and what is wrong there."""

    pointer: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every refusal, as RFC 9457 lays it out."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    trace_id: str
    errors: list[FieldError] = []


@lru_cache(maxsize=512)
def _code(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Problem(Exception):  # noqa: N818 - its subclasses are named as the refusals they are
    """The request could not be carried out."""

    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.errors = list(errors)
        self.headers = dict(headers or {})

    @classmethod
    def code(cls) -> str:
        """The stable name of the refusal, in snake_case."""
        return _code(cls.__name__)

    @classmethod
    def title(cls) -> str:
        """The one-sentence summary of this kind of refusal."""
        return (cls.__doc__ or "").strip().split("\n")[0]

    def document(self, trace_id: str) -> ProblemDocument:
        """The problem as the client sees it."""
        return ProblemDocument(
            type=f"urn:taskyard:problem:{self.code()}",
            title=self.title(),
            status=self.status,
            code=self.code(),
            detail=self.detail,
            trace_id=trace_id,
            errors=self.errors,
        )


class MalformedRequest(Problem):
    """The request cannot be read."""

    status = 400


class Unauthenticated(Problem):
    """A valid credential is needed."""

    status = 401

    def __init__(self, detail: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("headers", {"WWW-Authenticate": 'Bearer realm="taskyard"'})
        super().__init__(detail, **kwargs)


class InvalidToken(Unauthenticated):
    """The access token is not valid."""

    def __init__(self, detail: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("headers", {"WWW-Authenticate": 'Bearer realm="taskyard", error="invalid_token"'})
        super().__init__(detail, **kwargs)


class InvalidApiKey(InvalidToken):
    """The API key is not valid."""


class PermissionDenied(Problem):
    """You may see this but not do that to it."""

    status = 403


class MfaRequired(PermissionDenied):
    """A sign-in with a second factor is needed here."""


class ForeignOrigin(PermissionDenied):
    """Only pages of our own origin may do that with a browser's cookie."""


class NotFound(Problem):
    """There is nothing here that you can see."""

    status = 404


class MethodNotAllowed(Problem):
    """The resource does not support that method."""

    status = 405


class RequestTimeout(Problem):
    """The request took too long to arrive."""

    status = 408


class Conflict(Problem):
    """The request conflicts with the present state."""

    status = 409


class IdempotencyKeyInUse(Conflict):
    """A request with the same Idempotency-Key is still being carried out."""

    def __init__(self, detail: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("headers", {"Retry-After": "1"})
        super().__init__(detail, **kwargs)


class PreconditionFailed(Problem):
    """The object has changed since the version you named."""

    status = 412


class PayloadTooLarge(Problem):
    """The body is larger than this endpoint accepts."""

    status = 413


class RangeNotSatisfiable(Problem):
    """The file has none of the bytes that were asked for."""

    status = 416


class InvalidInput(Problem):
    """Some of the input is not valid."""

    status = 422


class IdempotencyKeyReused(InvalidInput):
    """The Idempotency-Key was used before with another body."""


class PreconditionRequired(Problem):
    """An If-Match header is needed."""

    status = 428


class TooManyRequests(Problem):
    """The rate limit is used up."""

    status = 429


class HeadersTooLarge(Problem):
    """The request headers are larger than this server accepts."""

    status = 431


class InternalError(Problem):
    """Something went wrong on our side."""

    status = 500


class Unavailable(Problem):
    """The service cannot answer right now; try again shortly."""

    status = 503

    def __init__(self, detail: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("headers", {"Retry-After": "1"})
        super().__init__(detail, **kwargs)


class OutcomeUnknown(Unavailable):
    """Whether the write took effect is not known; repeat it with the same Idempotency-Key."""


class DeadlineExceeded(Problem):
    """The request took longer than it may."""

    status = 504


def invalid(pointer: str, detail: str) -> InvalidInput:
    """The common case of one wrong field."""
    return InvalidInput(detail, errors=[FieldError(pointer, detail)])
