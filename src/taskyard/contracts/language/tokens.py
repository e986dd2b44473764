"""The words of a query: texts in quotes, signs, and everything else that stands between blanks."""

import re
from typing import Literal

import msgspec

from taskyard.contracts.language.errors import wrong

_TOKEN = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>!=|<=|>=|[=<>~(),])|(?P<word>[^\s"=<>~(),!]+)')
_BLANK = re.compile(r"\s*")
_NOT_IN_A_QUERY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Token(msgspec.Struct, frozen=True):
    """One word of a query; ``at`` counts characters from zero."""

    kind: Literal["quoted", "sign", "word", "end"]
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these key words, whatever the case."""
        return self.kind == "word" and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs


def tokens_of(text: str) -> list[Token]:
    """The words of a text, with an end after the last. Raises InvalidInput for what is none."""
    if forbidden := _NOT_IN_A_QUERY.search(text):
        raise wrong(forbidden.start(), "control characters are not allowed here.")
    found: list[Token] = []
    place = _after_blanks(text, 0)
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise wrong(place, _complaint(text[place]))
        found.append(_token(match))
        place = _after_blanks(text, match.end())
    return [*found, Token("end", "", len(text))]


def _after_blanks(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return place if match is None else match.end()


def _token(match: re.Match[str]) -> Token:
    if match["quoted"] is not None:
        return Token("quoted", re.sub(r"\\(.)", r"\1", match["quoted"][1:-1], flags=re.DOTALL), match.start())
    if match["sign"] is not None:
        return Token("sign", match["sign"], match.start())
    return Token("word", match["word"], match.start())


def _complaint(character: str) -> str:
    if character == '"':
        return "this quote is never closed."
    return f"{character!r} means nothing here." + (" Write != or not." if character == "!" else "")
