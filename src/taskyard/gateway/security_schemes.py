"""By what credentials an operation may be called, and which scope they must have, in the words of OpenAPI 3.1."""

from typing import TypeAlias

from taskyard.contracts.operations import SCOPES_OF_OPERATION
from taskyard.contracts.scopes import SCOPES

Json: TypeAlias = dict[str, object]

_SCHEMES = ("bearer", "apiKey", "oauth2")


def describe_schemes(server: str) -> Json:
    """The credentials there are, with the endpoints of a deployment."""
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of a sign-in or of an OAuth client. That of a sign-in has every scope.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "A key of a person or of a service account, with the scopes it was given.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "OAuth 2.1: a code with PKCE. This page is a client of its own and needs no secret.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{server}/oauth/authorize",
                    "tokenUrl": f"{server}/oauth/token",
                    "scopes": {"openid": "Know who you are", **SCOPES},
                }
            },
        },
    }


def require_one_of(operation: str) -> list[Json]:
    """What an operation such as ``GET /api/v1/tasks`` asks for: one of these, or nothing."""
    scopes = SCOPES_OF_OPERATION.get(operation)
    return [] if scopes is None else [{scheme: list(scopes)} for scheme in _SCHEMES]
