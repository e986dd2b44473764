"""Versions as entity tags (RFC 9110): ``"7"`` is version 7 of an object."""

from typing import Any

from taskyard.kit.problems import PreconditionFailed, PreconditionRequired, invalid
from taskyard.kit.requests import header


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def expected_version(scope: Any, *, required: bool = False) -> int | None:
    """The version named by If-Match; None when absent or ``*``.

    Raises PreconditionRequired when it is demanded and missing, PreconditionFailed for a tag that can
    never match, InvalidInput for what is no single entity tag.
    """
    value = header(scope, b"if-match")
    if value is None:
        if required:
            raise PreconditionRequired
        return None
    if value.strip() == "*":
        return None
    text = value.strip()
    if text.startswith("W/"):
        raise PreconditionFailed("If-Match compares strongly; a weak tag never matches.")
    digits = text.strip('"')
    if text == f'"{digits}"' and '"' not in digits and not digits.isdigit():
        raise PreconditionFailed("No version of the object ever had this tag.")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):  # fits an integer column
        raise invalid("/headers/if-match", f"{value!r} is not the entity tag of a version.")
    return int(digits)


def require_version(expected: int | None, present: int) -> None:
    """Refuse a write that was prepared against another version."""
    if expected is not None and expected != present:
        raise PreconditionFailed(f"You named version {expected}; the object is at version {present}.")


def is_unchanged(scope: Any, version: int) -> bool:
    """Whether If-None-Match names this version, so that 304 is the answer."""
    return names_tag(scope, etag(version))


def names_tag(scope: Any, tag: str) -> bool:
    """Whether If-None-Match names an entity tag; it compares weakly."""
    value = header(scope, b"if-none-match")
    if value is None:
        return False
    tags = [one.strip().removeprefix("W/") for one in value.split(",")]
    return tag in tags or "*" in tags
