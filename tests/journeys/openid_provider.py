"""A small OpenID provider on loopback, as strict as the standard wants, and as hostile as a test wants.

Every first segment of a path is an issuer of its own. People are not asked: ``answer`` says who signed in there.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "taskyard at home", "s3cret/with:signs"
BACK = "http://localhost:9/back"
"""Where programs that sign people in by the API are answered."""
Claims = dict[str, Any]
Answer = tuple[int, Mapping[str, str], bytes]


@cache
def key_of(name: str) -> RSAKey:
    """A key by what tests call it."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


def signed(claims: Claims, key: str = "first", **header: Any) -> str:
    """A token as the provider signs it."""
    return jwt.encode({"alg": "RS256", "kid": key, **header}, claims, key_of(key), algorithms=["RS256"])


class OpenIdProvider:
    """The provider while it runs. What a test sets here changes what it says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = ""
        self.document: Claims = {}
        """What the discovery document says otherwise."""
        self.keys = ["first"]
        self.sign: Callable[[Claims], str] = signed
        self.userinfo: Claims | None = None
        self.overrides: dict[str, Callable[[], Answer]] = {}
        """Other answers, by the last segment of the path."""
        self.asked: list[str] = []
        """The last segments of all paths that were asked for."""
        self._codes: dict[str, dict[str, Any]] = {}
        self._subject = ""

    @property
    def issuer(self) -> str:
        """Who it says it is."""
        return f"{self.url}/{self.name}"

    def named(self, name: str) -> "OpenIdProvider":
        """Another issuer of the same server."""
        other = copy(self)
        other.name = name
        return other

    def body(self, **fields: Any) -> dict[str, Any]:
        """What an administrator registers."""
        given = {"slug": self.name, "name": "Acme", "issuer": self.issuer, "client_id": CLIENT}
        return {**given, "client_secret": SECRET, "redirect_uris": [BACK], "creates_accounts": True, **fields}

    def answer(self, authorization_url: str, subject: str, **claims: Any) -> dict[str, str]:
        """What a browser brings back after somebody signed in; claims that are None are left out."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        said = {
            "iss": self.issuer,
            "sub": subject,
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "email": f"{subject}@acme.example",
            "email_verified": True,
            "name": subject.capitalize(),
            **claims,
        }
        code = secrets.token_urlsafe(16)
        said = {name: value for name, value in said.items() if value is not None}
        self._codes[code] = {**asked, "claims": said}
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request."""
        last = path.rpartition("/")[2]
        self.asked.append(last)
        if last in self.overrides:
            return self.overrides[last]()
        if last == "openid-configuration":
            return _json({**_document(f"{self.url}/{path.split('/')[1]}"), **self.document})
        if last == "keys":
            return _json({"keys": [key_of(name).as_dict(private=False) for name in self.keys]})
        if last == "token":
            return self._redeem(dict(parse_qsl(body.decode())), headers.get("authorization", ""))
        if last == "userinfo":
            assert headers["authorization"] == "Bearer at"
            return _json({"sub": self._subject} if self.userinfo is None else self.userinfo)
        return _json({}, 404)

    def _redeem(self, fields: dict[str, str], authorization: str) -> Answer:
        issued = self._codes.pop(fields["code"], None)
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if issued is None or challenge != issued["code_challenge"] or fields["redirect_uri"] != issued["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        if authorization and (unquote(given[0].replace("+", " ")), unquote(given[2])) != (CLIENT, SECRET):
            return _json({"error": "invalid_client"}, 401)
        if not authorization and (fields.get("client_id"), fields.get("client_secret", SECRET)) != (CLIENT, SECRET):
            return _json({"error": "invalid_client"}, 401)
        self._subject = issued["claims"].get("sub", "")
        return _json({"id_token": self.sign(issued["claims"]), "access_token": "at", "token_type": "Bearer"})


@contextmanager
def providing(name: str = "acme") -> Iterator[OpenIdProvider]:
    """A provider that runs beside the test."""
    provider = OpenIdProvider(name)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, named, content = provider.reply(urlsplit(self.path).path, headers, body)
            self.send_response(status)
            for key, value in {"Content-Type": "application/json", **named}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = handle_any  # noqa: N815 - the words of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _document(issuer: str) -> Claims:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _json(value: object, status: int = 200) -> Answer:
    return status, {}, json.dumps(value).encode()
