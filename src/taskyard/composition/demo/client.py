"""A person's way into the API of this process: requests as any client sends them, tokens renewed as time goes by."""

from datetime import datetime, timedelta

import msgspec

from taskyard.composition.boot import StartError
from taskyard.kit import clock
from taskyard.kit.asgi import App, ask
from taskyard.kit.http import API
from taskyard.kit.problems import FieldError

_MARGIN = timedelta(seconds=30)
"""A token that lives no longer than this is not used for one more request."""


class Answer(msgspec.Struct, frozen=True):
    """What the demo reads of any answer."""

    id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    expires_in: int = 0
    detail: str = ""
    errors: list[FieldError] = []


class Refused(StartError):  # noqa: N818 - says what happened, like every refusal
    """The API refused what the demo asked for, which is a mistake of the demo or of the password."""

    def __init__(self, request: str, status: int, answer: Answer) -> None:
        self.status = status
        errors = "; ".join(f"{error.pointer}: {error.detail}" for error in answer.errors)
        super().__init__(f"{request} was answered {status}: {errors or answer.detail}")


class Client:
    """One person, signed in from their first request on."""

    def __init__(self, app: App, email: str, password: str) -> None:
        self._app = app
        self._credentials = {"email": email, "password": password}
        self._access = self._refresh = ""
        self._valid_until: datetime | None = None
        self.id = ""

    async def register(self, name: str) -> None:
        """Open the account. Raises Refused."""
        self.id = (await self._send("POST", "/auth/register", {**self._credentials, "name": name})).id

    async def send(self, method: str, path: str, body: object = None) -> Answer:
        """Ask for something and give the answer's content. Raises Refused."""
        if self._valid_until is None or clock.now() > self._valid_until - _MARGIN:
            await self._sign_in()
        return await self._send(method, path, body, self._access)

    async def sign_out(self) -> None:
        """End every session, so that none is left that nobody holds."""
        if self._valid_until is not None:
            await self.send("DELETE", "/sessions")
            self._valid_until = None

    async def _sign_in(self) -> None:
        """Renew the session; begin another where it has come to its end."""
        tokens = None
        if self._refresh:
            try:
                tokens = await self._send("POST", "/auth/refresh", {"refresh_token": self._refresh})
            except Refused as refused:
                if refused.status != 401:
                    raise
        if tokens is None:
            tokens = await self._send("POST", "/auth/login", self._credentials)
        self._access, self._refresh = tokens.access_token, tokens.refresh_token
        self._valid_until = clock.now() + timedelta(seconds=tokens.expires_in)

    async def _send(self, method: str, path: str, body: object, token: str = "") -> Answer:
        headers = [(b"user-agent", b"taskyard demo"), (b"content-type", b"application/json")]
        if token:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        content = b"" if body is None else msgspec.json.encode(body)
        reply = await ask(self._app, API + path, method=method, headers=headers, content=content)
        answer = msgspec.json.decode(reply.body or b"{}", type=Answer)
        if reply.status >= 400:
            raise Refused(f"{method} {path}", reply.status, answer)
        return answer
