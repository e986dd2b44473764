"""One-time codes by the clock (TOTP, RFC 6238): six digits of SHA-1 every thirty seconds, as every app knows them."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

import segno

STEP_SECONDS = 30
DIGITS = 6
SEED_BYTES = 20
DRIFT = 1
"""Steps by which the clock of a device may be off."""
ISSUER = "Taskyard"


def new_seed() -> bytes:
    """160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(SEED_BYTES)


def code_at(seed: bytes, step: int) -> str:
    """The code of one time step (RFC 4226, 5.3)."""
    mac = hmac.digest(seed, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def find_step(seed: bytes, code: str, at: datetime) -> int | None:
    """The time step around an instant whose code this is."""
    present = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(code_at(seed, step).encode(), code.encode()):
            found = step
    return found


def text_of(seed: bytes) -> str:
    """The seed as a person types it into an app."""
    return b32encode(seed).decode().rstrip("=")


def link_to(seed: bytes, email: str) -> str:
    """The seed as a link that apps open (the key URI format)."""
    fields = {"secret": text_of(seed), "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{ISSUER}:{quote(email)}?{urlencode(fields)}"


def drawing_of(link: str) -> str:
    """The link as a QR code in SVG, black on white also where the page is dark."""
    return segno.make_qr(link, error="m").svg_inline(scale=4, dark="#000", light="#fff")
