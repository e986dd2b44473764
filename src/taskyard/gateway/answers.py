"""What every answer of the gateway carries, whoever wrote its body."""

import time
from functools import lru_cache

from taskyard.gateway.limits import Decision
from taskyard.gateway.places import Places
from taskyard.gateway.policies import Policy
from taskyard.gateway.routes import rank_of
from taskyard.kit.asgi import Headers, Message, Reply, Scope, Send, problem_reply, send_reply
from taskyard.kit.problems import Problem
from taskyard.kit.requests import request_id_of, trace_id_of

_ALWAYS: Headers = [
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_UNLESS_SET: Headers = [
    _POLICY,
    (b"cache-control", b"private, no-cache"),
]
SECURITY_HEADERS: Headers = [*_ALWAYS, _POLICY]
"""For an answer that no application gives."""
_OURS = frozenset({name for name, _ in _ALWAYS} | {b"server", b"x-request-id"})
_POSITION = b"taskyard-position"
_SNAPSHOTS = frozenset({200, 304})


class Exchange:
    """One request's answer on its way out: adds what every answer carries and remembers how it went."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.decision: Decision | None = None
        self.position: bytes | None = None
        """Where the log ended before a service was asked for what it has."""
        self.cross_origin: Headers = []
        """What lets a page of another origin read the answer."""
        self.deprecation: Headers = []
        self.status = 0
        self.is_over = False
        self.without_body = False
        self._place: Places | None = None

    async def take_place(self, places: Places) -> None:
        """Wait until the request may be worked on. Raises Overloaded."""
        if places.in_use < places.for_all:
            places.in_use += 1
        else:
            await places.take(rank_of(self._scope["method"], self._scope["path"]))
        self._place = places

    def leave_place(self) -> None:
        """Let others have the place: the work is done once an answer begins, however slowly it is read."""
        if self._place is not None:
            self._place.give_back()
            self._place = None

    async def send(self, message: Message) -> None:
        """Pass one message of the answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.leave_place()
            if self.without_body:
                self._scope["method"] = "HEAD"  # a service saw a GET; the server must know that no body follows
            headers = self._headers(message.get("headers", []))
            await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
            return
        if self.without_body:
            if not self.is_over:
                self.is_over = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        self.is_over = not message.get("more_body", False)
        await self._send(message)

    async def reply(self, reply: Reply) -> None:
        """Send a whole answer of the gateway's own."""
        await send_reply(self.send, reply)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem document, unless an answer is under way already."""
        if self.status:
            return
        await self.reply(problem_reply(problem, trace_id_of(self._scope)))

    def _headers(self, upstream: Headers) -> Headers:
        headers = [(name, value) for name, value in upstream if name not in _OURS]
        names = {name for name, _ in headers}
        headers += _ALWAYS
        headers += [field for field in _UNLESS_SET if field[0] not in names]
        headers.append((b"x-request-id", request_id_of(self._scope).encode("latin-1")))
        if self.position is not None and self.status in _SNAPSHOTS and _POSITION not in names:
            headers.append((_POSITION, self.position))
        if self.decision is not None:
            headers += limit_headers(self.decision)
        headers += self.cross_origin
        headers += self.deprecation
        return headers


def limit_headers(decision: Decision) -> Headers:
    """The state of the scarcest limit, by the IETF draft (seconds) and as X-RateLimit (Reset in Unix seconds)."""
    policy_header, name, limit = _policy_texts(decision.policy)
    wait = decision.retry_after or decision.reset
    return [
        (b"ratelimit-policy", policy_header),
        (b"ratelimit", b"%s;r=%d;t=%d" % (name, decision.remaining, wait)),
        (b"x-ratelimit-limit", limit),
        (b"x-ratelimit-remaining", b"%d" % decision.remaining),
        (b"x-ratelimit-reset", b"%d" % (int(time.time()) + wait)),
    ]


@lru_cache(maxsize=256)
def _policy_texts(policy: Policy) -> tuple[bytes, bytes, bytes]:
    name = f'"{policy.name}"'
    return f"{name};q={policy.quota};w={policy.window}".encode(), name.encode(), str(policy.quota).encode()
