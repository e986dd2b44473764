"""20, 21, 23, 25: tokens that were not signed here, by every trick known, at the gateway and at a service."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.journeys.people import Someone
from tests.security.conftest import Target, any_address

NewPerson = Callable[[str], Someone]


def test_no_forged_token_is_believed(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    genuine = ann.client.headers["Authorization"].removeprefix("Bearer ")
    key = ann.client.get("/.well-known/jwks.json").json()["keys"][0]
    ports = [target.port, target.port + 1] if target.shape == "split" else [target.port]

    believed = [
        (port, name)
        for port in ports
        for name, token in _forgeries(genuine, key)
        if _status(port, token) != httpx.codes.UNAUTHORIZED
    ]

    assert believed == []
    assert [_status(port, genuine) for port in ports] == [200] * len(ports)


def _status(port: int, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": any_address()}
    return httpx.get(f"http://127.0.0.1:{port}/api/v1/me", headers=headers).status_code


def _forgeries(genuine: str, key: dict[str, str]) -> Iterator[tuple[str, str]]:
    head, claims, signature = genuine.split(".")
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=="))
    modulus = base64.urlsafe_b64decode(key["n"] + "==")
    changes: dict[str, dict[str, Any]] = {
        "none": {"alg": "none"},
        "None": {"alg": "nOnE"},
        "key in it": {"jwk": key},
        "key elsewhere": {"jku": "http://127.0.0.1:9/keys"},
        "certificate elsewhere": {"x5u": "http://127.0.0.1:9/keys"},
        "critical": {"crit": ["exp"]},
        "zipped": {"zip": "DEF"},
        "ID token": {"typ": "JWT"},
        "assertion": {"typ": "taskyard-assertion+jwt", "alg": "Ed25519", "kid": "gateway"},
        "path as kid": {"kid": "../../../../dev/null"},
        "SQL as kid": {"kid": "' OR 1=1 --"},
        "NUL as kid": {"kid": "\0"},
        "number as kid": {"kid": 1},
        "deep": {"kid": json.loads("[" * 500 + "]" * 500)},
    }
    for name, change in changes.items():
        forged = _encoded({**header, **change})
        yield f"{name}, signature kept", f"{forged}.{claims}.{signature}"
        yield f"{name}, no signature", f"{forged}.{claims}."
    symmetric = _encoded({**header, "alg": "HS256"})
    mac = hmac.digest(modulus, f"{symmetric}.{claims}".encode(), "sha256")
    yield "public key as secret", f"{symmetric}.{claims}.{_base64(mac)}"
    other = json.loads(base64.urlsafe_b64decode(claims + "=="))
    yield "other person", f"{head}.{_encoded({**other, 'sub': other['sid']})}.{signature}"
    yield "empty signature", f"{head}.{claims}."
    yield "detached", f"{head}..{signature}"
    yield "five parts", f"{genuine}.a.b"
    yield "JSON form", json.dumps({"protected": head, "payload": claims, "signature": signature})
    yield "long", f"{head}.{'A' * 8200}.{signature}"
    yield "nothing", "a.b.c"


def _encoded(fields: dict[str, Any]) -> str:
    return _base64(json.dumps(fields).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
