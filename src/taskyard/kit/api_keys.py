"""The form of an API key: ``tyk_<live|test>_<id>_<secret><checksum>``.

The checksum tells a typo or half a key from a whole one without asking anybody, and lets scanners of source code be
sure of what they found. Whether a whole key opens anything, only its issuer knows.
"""

import re
import secrets
from typing import Literal
from zlib import crc32

import msgspec

Mode = Literal["live", "test"]

KEY_PREFIX = "tyk_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43
"""Base 62: 256 bits."""
_CHECKSUM_LENGTH = 6
_FORM = re.compile(rf"tyk_(?:live|test)_([0-9a-f]{{32}})_[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}")


class NewKey(msgspec.Struct, frozen=True):
    """A key that was made just now: the whole of it, and how much of it people may see later."""

    secret: str
    prefix: str


def make_key(key_id: str, mode: Mode) -> NewKey:
    """A fresh key for an id."""
    prefix = f"{KEY_PREFIX}{mode}_{key_id.replace('-', '')}"
    body = f"{prefix}_{_random_text()}"
    return NewKey(body + _checksum(body), prefix)


def id_of_key(text: str) -> str | None:
    """The id in a whole key; None for what is none, or was copied wrongly."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    plain = match[1]
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def _random_text() -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(_SECRET_LENGTH))


def _checksum(text: str) -> str:
    rest, digits = crc32(text.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
