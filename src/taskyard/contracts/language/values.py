"""Which words are values of which field, as far as the text alone can tell."""

import re

from taskyard.contracts.language.errors import wrong
from taskyard.contracts.language.fields import PRIORITIES, Field, suggestion
from taskyard.contracts.language.tree import Word
from taskyard.kit.ids import is_id

ME = "me"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_LONGEST_EMAIL = 254


def require_value(field: Field, word: Word) -> None:
    """Refuse a word that can be no value of a field. Raises InvalidInput."""
    if field.kind == "priority" and word.text.lower() not in PRIORITIES:
        close = suggestion(word.text, list(PRIORITIES))
        raise wrong(word.at, f"{word.text!r} is no priority: {', '.join(PRIORITIES)}{close}.")
    if field.kind in {"person", "people"} and not (word.text == ME or is_id(word.text) or is_email(word)):
        raise wrong(word.at, "a person is written as me, an e-mail address or an id.")
    if field.kind == "id" and not is_id(word.text):
        raise wrong(word.at, f"{field.name} takes the id, not a name or key.")
    if field.kind == "number" and _NUMBER.fullmatch(word.text) is None:
        raise wrong(word.at, f"{word.text!r} is no number.")
    if field.kind in {"word", "text", "texts"} and not word.text:
        raise wrong(word.at, "this text is empty; ask with is empty.")


def is_email(word: Word) -> bool:
    """Whether a word names a person by address."""
    return len(word.text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(word.text) is not None
