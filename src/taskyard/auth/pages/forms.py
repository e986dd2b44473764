"""Forms that only our own pages can send: each carries a token that fits a cookie of the same browser.

The cookie is random and the token an HMAC of it and of the session, so a page elsewhere can neither guess it nor bring
its own. The gateway looks at where a request comes from besides.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from litestar.datastructures import Cookie

from taskyard.auth.routes.provided import Call
from taskyard.kit.browsers import cookie_name, read_cookie
from taskyard.kit.forms import read_form
from taskyard.kit.principal import find_principal
from taskyard.kit.problems import PermissionDenied

FIELD = "form_token"
_LONGEST_COOKIE = 64


class StaleForm(PermissionDenied):
    """The form is too old or from elsewhere; go back, load the page again and repeat."""


class Forms:
    """Makes and checks the tokens of forms."""

    def __init__(self, key: bytes, *, public_url: str) -> None:
        self._key = key
        self._is_secure = public_url.startswith("https:")
        self.session_cookie = cookie_name(public_url, "session")
        self._form_cookie = cookie_name(public_url, "form")
        self.flow_cookie = cookie_name(public_url, "federated")
        self._device_cookie = cookie_name(public_url, "device")

    def open(self, request: Call) -> tuple[str, str]:
        """The token for a form that is shown now, and the Set-Cookie header for it; empty where it has its cookie."""
        known = self._seed_of(request)
        seed = known or secrets.token_urlsafe(24)
        return self._token(request, seed), "" if known else self.cookie(self._form_cookie, seed)

    async def read(self, request: Call) -> dict[str, str]:
        """The fields of a form that one of our pages sent. Raises StaleForm and MalformedRequest."""
        fields = await read_form(request)
        seed = self._seed_of(request)
        if seed is None or not hmac.compare_digest(fields.pop(FIELD, "").encode(), self._token(request, seed).encode()):
            raise StaleForm
        return fields

    def sign(self, *words: str) -> str:
        """A mark by which we know words again that a browser brings back."""
        return self._mac("words", *words)

    def cookie(self, name: str, value: str, max_age: int | None = None) -> str:
        """A Set-Cookie header: for this host alone, unreadable by scripts, not sent along by pages elsewhere."""
        age = "" if max_age is None else f"; Max-Age={max_age}"
        secure = "; Secure" if self._is_secure else ""
        return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"

    def device_of(self, request: Call) -> str | None:
        """The secret of a device that somebody signed in with before."""
        return read_cookie(request.scope, self._device_cookie)

    def device_cookie(self, token: str, max_age: int) -> Cookie:
        """What a browser keeps to be known by, as other cookies of ours."""
        return self._cookie_of(self._device_cookie, token, max_age)

    def spent_flow(self) -> Cookie:
        """Let a browser forget the sign-in that it began at a provider, which is over."""
        return self._cookie_of(self.flow_cookie, "", 0)

    def _cookie_of(self, name: str, value: str, max_age: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            path="/",
            max_age=max_age,
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def _seed_of(self, request: Call) -> str | None:
        seed = read_cookie(request.scope, self._form_cookie)
        return seed if seed and len(seed) <= _LONGEST_COOKIE else None

    def _token(self, request: Call, seed: str) -> str:
        principal = find_principal(request.scope)
        return self._mac("form", seed, principal.session_id if principal else "")

    def _mac(self, *words: str) -> str:
        digest = hmac.digest(self._key, "\0".join(words).encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")
