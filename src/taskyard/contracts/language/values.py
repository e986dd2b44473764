"""Which words are values of which field, as far as the text alone can tell."""

import re

from taskyard.contracts.language.errors import wrong
from taskyard.contracts.language.fields import PRIORITIES, Field, suggestion
from taskyard.contracts.language.tree import Operator, Word
from taskyard.kit.ids import is_id

ME = "me"
ORDERING: frozenset[Operator] = frozenset({"<", "<=", ">", ">="})
_TRUTHS = {"true": True, "false": False}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_LONGEST_EMAIL = 254


def require_value(field: Field, operator: Operator, word: Word) -> None:
    """Refuse a word that can be no value of a field. Raises InvalidInput."""
    if field.kind == "priority" and word.text.lower() not in PRIORITIES:
        close = suggestion(word.text, list(PRIORITIES))
        raise wrong(word.at, f"{word.text!r} is no priority: {', '.join(PRIORITIES)}{close}.")
    if field.kind in {"person", "people"} and not (word.text == ME or is_id(word.text) or is_email(word)):
        raise wrong(word.at, "a person is written as me, an e-mail address or an id.")
    if field.kind == "id" and not is_id(word.text):
        raise wrong(word.at, f"{field.name} takes the id, not a name or key.")
    if field.kind == "flag" and word.text.lower() not in _TRUTHS:
        raise wrong(word.at, f"{field.name} is true or false.")
    if field.kind == "number" and _NUMBER.fullmatch(word.text) is None:
        raise wrong(word.at, f"{word.text!r} is no number.")
    if field.kind == "own" and operator in ORDERING and _NUMBER.fullmatch(word.text) is None:
        raise wrong(word.at, f"{word.text!r} is no number, day or instant; other values have no order.")
    if field.kind in {"word", "text", "texts", "labels", "own"} and not word.text:
        raise wrong(word.at, "this text is empty; ask with is empty.")


def is_email(word: Word) -> bool:
    """Whether a word names a person by address."""
    return len(word.text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(word.text) is not None


def find_plain(word: Word) -> float | None:
    """The number, or true or false, that a word without quotes is as well."""
    if word.is_quoted:
        return None
    if _NUMBER.fullmatch(word.text) is not None:
        return float(word.text)
    return _TRUTHS.get(word.text.lower())
