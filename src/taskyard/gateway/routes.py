"""Where a path goes: the table from the first segment of a path to the service that answers it."""

import re
from enum import IntEnum
from typing import Literal, TypeAlias

from taskyard.kit.whole_request import MAX_BODY_BYTES

RouteClass: TypeAlias = Literal["sign_in", "public", "read", "write"]
RouteGroup: TypeAlias = Literal["search", "export", "upload", "bulk", "report"]


class Rank(IntEnum):
    """How much a request matters when not all can be answered; the smaller the number, the more."""

    ESSENTIAL = 0
    """Signing out, which protects somebody."""
    WORK = 1
    """What somebody waits for: one thing read or changed."""
    LISTS = 2
    """Lists and searches, what everybody may read, and sign-ins, whose passwords are dear."""
    BULK = 3
    """What can be done later."""


API_PREFIX = "/api/v1/"

ROUTES: dict[str, str] = {
    **dict.fromkeys(
        ("auth", "me", "sessions", "api-keys", "users", "audit", "identity-providers", "oauth-clients"),
        "auth",
    ),
    "service-accounts": "auth",
    **dict.fromkeys(("permissions", "workspaces", "projects", "iterations", "teams", "invitations"), "project"),
    **dict.fromkeys(
        (
            "tasks",
            "comments",
            "search",
            "views",
            "boards",
            "recurrences",
            "timers",
            "reports",
            "trash",
            "jobs",
            "changes",
            "imports",
            "exports",
        ),
        "task",
    ),
    **dict.fromkeys(
        ("notifications", "notification-preferences", "events", "ws", "webhooks", "deliveries"), "notification"
    ),
}
"""First segment below ``/api/v1/`` -> service."""

PUBLIC_PREFIX = API_PREFIX + "public/"
"""Where everybody is answered alike, whatever credential comes along."""
PUBLIC_ROUTES: dict[str, str] = {"projects": "project", "tasks": "task"}
"""First segment below ``/api/v1/public/`` -> service."""

ROOT_ROUTES: dict[str, str] = {".well-known": "auth", "oauth": "auth"}
"""First segment at the root -> service."""

SOCKET_PATHS = frozenset({"/api/v1/ws"})
"""Where a WebSocket may be opened."""
STREAM_PATHS = SOCKET_PATHS | {"/api/v1/events/stream"}
"""What stays open for long."""

_UPLOAD = re.compile(r"/api/v1/tasks/[^/]+/attachments/?")
_GROUPS: dict[str, RouteGroup] = {"search": "search", "exports": "export", "imports": "bulk", "reports": "report"}
"""First segment below ``/api/v1/`` -> what is dearer than other requests."""
_BULK_PATHS = frozenset({"/api/v1/tasks/batch", "/api/v1/tasks/batch/"})

SIGN_IN_PATHS = frozenset(
    {
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/auth/mfa/totp",
        "/api/v1/auth/mfa/recovery",
        "/api/v1/auth/mfa/passkey",
        "/api/v1/auth/mfa/passkey/options",
        "/api/v1/auth/passkey",
        "/api/v1/auth/passkey/options",
        "/api/v1/auth/refresh",
        "/api/v1/auth/password/forgot",
        "/api/v1/auth/password/reset",
        "/api/v1/auth/email/verify",
        "/oauth/reset-password",
        "/oauth/verify-address",
        "/oauth/sign-in",
        "/oauth/sign-up",
        "/oauth/sign-in/passkey",
        "/oauth/device_authorization",
        "/oauth/register",
    }
)
"""Where secrets are guessed; these have the strict limit."""
_FEDERATED = re.compile(r"/api/v1/auth/federated/[^/]+(?:/begin)?|/oauth/sign-in/with/[^/]+(?:/callback)?")
"""Where a provider is asked; browsers come and go there by GET."""

SIGN_OUT_PATHS = frozenset({"/api/v1/auth/logout", "/oauth/sign-out", "/oauth/logout", "/oauth/revoke"})
"""What goes on whatever else is refused."""
_GROUP_RANKS: dict[RouteGroup, Rank] = {
    "search": Rank.LISTS,
    "upload": Rank.WORK,
    "export": Rank.BULK,
    "bulk": Rank.BULK,
    "report": Rank.BULK,
}

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = READ_METHODS | {"POST", "PUT", "PATCH", "DELETE"}


def service_of(path: str) -> str | None:
    """The service that answers a path, if any does."""
    if path.startswith(PUBLIC_PREFIX):
        return PUBLIC_ROUTES.get(path[len(PUBLIC_PREFIX) :].partition("/")[0])
    if path.startswith(API_PREFIX):
        return ROUTES.get(path[len(API_PREFIX) :].partition("/")[0])
    return ROOT_ROUTES.get(path[1:].partition("/")[0])


def socket_service_of(path: str) -> str | None:
    """The service that takes the WebSockets of a path, if any does."""
    return service_of(path) if path in SOCKET_PATHS else None


def template_of(path: str) -> str:
    """A bounded name for a path whose exact route only its own process knows."""
    if path.startswith(API_PREFIX):
        return f"{API_PREFIX}{path[len(API_PREFIX) :].partition('/')[0]}/*"
    return f"/{path[1:].partition('/')[0]}/*"


def longest_body(method: str, path: str, upload: int) -> int:
    """How many bytes the body of a request may have; ``upload`` is how many a file may have, where one is sent."""
    return upload if method == "POST" and _UPLOAD.fullmatch(path) else MAX_BODY_BYTES


def class_of(method: str, path: str) -> RouteClass:
    """Which rate limit a request counts against; services answer a path with a slash at its end like one without."""
    whole = path.rstrip("/")
    if (whole in SIGN_IN_PATHS and method not in READ_METHODS) or _FEDERATED.fullmatch(whole):
        return "sign_in"
    if path.startswith(PUBLIC_PREFIX):
        return "public"
    return "read" if method in READ_METHODS else "write"


def group_of(method: str, path: str) -> RouteGroup | None:
    """What is dearer than other requests, and may have a limit of its own."""
    group = _GROUPS.get(path[len(API_PREFIX) :].partition("/")[0])
    if group is not None or method != "POST":
        return group
    if path in _BULK_PATHS:
        return "bulk"
    return "upload" if _UPLOAD.fullmatch(path) else None


def rank_of(method: str, path: str) -> Rank:
    """How much a request matters. A path that ends with the name of many and not with the id of one is a list."""
    whole = path.rstrip("/")
    if whole in SIGN_OUT_PATHS:
        return Rank.ESSENTIAL
    group = group_of(method, path)
    if group is not None:
        return _GROUP_RANKS[group]
    if class_of(method, path) in {"sign_in", "public"} or (method in READ_METHODS and whole.count("/") % 2):
        return Rank.LISTS
    return Rank.WORK
