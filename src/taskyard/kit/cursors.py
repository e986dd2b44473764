"""Keyset cursors: opaque, signed, and valid only for the list they came from."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any, Generic, TypeVar

import msgspec

from taskyard.kit.ids import HIGHEST_ID, LOWEST_ID
from taskyard.kit.problems import invalid

T = TypeVar("T")
_MAC_LENGTH = 16


class Page(msgspec.Struct, Generic[T], omit_defaults=True):
    """One page of a list; ``next_cursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None = msgspec.field(name="next_cursor")
    total: int | msgspec.UnsetType = msgspec.UNSET


class CursorSigner:
    """Signs the last row's sort values with a key of the service."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, listing: str, values: list[Any]) -> str:
        """A cursor after a row. ``listing`` names the list with its filter and order."""
        body = msgspec.json.encode(values)
        return urlsafe_b64encode(self._mac(listing, body) + body).decode().rstrip("=")

    def open(self, listing: str, cursor: str) -> list[Any]:
        """The values a cursor was made from. Raises InvalidInput for one that is not of this list."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (Base64Error, ValueError):
            raw = b""
        mac, body = raw[:_MAC_LENGTH], raw[_MAC_LENGTH:]
        if not body or not hmac.compare_digest(mac, self._mac(listing, body)):
            raise invalid("/cursor", "This cursor does not belong to this list.")
        values: list[Any] = msgspec.json.decode(body)
        return values

    def after_id(self, listing: str, cursor: str | None) -> str:
        """The id that a page in ascending order follows; before the first page an id below all others.

        Always an id, because ``$1 IS NULL OR id > $1`` would read the pages before again. Raises InvalidInput.
        """
        return LOWEST_ID if cursor is None else str(self.open(listing, cursor)[0])

    def before_id(self, listing: str, cursor: str | None) -> str:
        """The same for a page in descending order."""
        return HIGHEST_ID if cursor is None else str(self.open(listing, cursor)[0])

    def page(self, listing: str, rows: list[T], limit: int, values: Any) -> Page[T]:
        """A page from up to ``limit + 1`` rows; ``values`` maps the last row to its sort values."""
        if len(rows) <= limit:
            return Page(rows, None)
        rows = rows[:limit]
        return Page(rows, self.sign(listing, values(rows[-1])))

    def _mac(self, listing: str, body: bytes) -> bytes:
        return hmac.digest(self._key, listing.encode() + b"\0" + body, hashlib.sha256)[:_MAC_LENGTH]
