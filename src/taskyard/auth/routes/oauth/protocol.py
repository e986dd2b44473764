"""What the OAuth endpoints have in common: forms in, ``error`` and ``error_description`` out, kept by nobody."""

import re

import msgspec
from litestar import Response
from litestar.types import ExceptionHandlersMap

from taskyard.auth.actions.oauth.client_authentication import authenticate_client, read_proof
from taskyard.auth.errors.oauth import InvalidRequest, OAuthProblem
from taskyard.auth.models.oauth import RegisteredClient
from taskyard.auth.routes.provided import Call
from taskyard.kit.database import Database
from taskyard.kit.forms import read_form
from taskyard.kit.problems import MalformedRequest
from taskyard.kit.requests import header

TAGS = ["OAuth"]
SECRET = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Headers of every answer of these endpoints (RFC 6749, 5.1)."""
_NOT_SAYABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class Refusal(msgspec.Struct, frozen=True):
    """How the endpoints of OAuth refuse (RFC 6749, 5.2)."""

    error: str
    error_description: str


async def read_fields(request: Call, *repeatable: str) -> dict[str, str]:
    """The fields of a request to one of the endpoints. Raises InvalidRequest when something is in its address."""
    if request.scope["query_string"]:
        raise InvalidRequest("Parameters belong in the body: addresses end in logs.")
    return await read_form(request, *repeatable)


async def client_of_request(request: Call, database: Database, fields: dict[str, str]) -> RegisteredClient:
    """The client that asks and proved who it is. Raises InvalidClient and InvalidRequest."""
    return await authenticate_client(database, read_proof(header(request.scope, b"authorization"), fields))


def answer_oauth(_: Call, problem: OAuthProblem) -> Response[Refusal]:
    """A refusal as the standards lay it out."""
    refusal = Refusal(problem.code(), _NOT_SAYABLE.sub("'", problem.detail))
    return Response(refusal, status_code=problem.status, headers={**SECRET, **problem.headers})


def _answer_malformed(request: Call, problem: MalformedRequest) -> Response[Refusal]:
    return answer_oauth(request, InvalidRequest(problem.detail))


ANSWERS: ExceptionHandlersMap = {OAuthProblem: answer_oauth, MalformedRequest: _answer_malformed}
"""How every endpoint of OAuth says no; what is no matter of OAuth is a problem document as elsewhere."""
