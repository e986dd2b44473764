"""Which passwords are refused: those that are guessed first (NIST SP 800-63B-4, 3.1.1.2).

Length does the work (at least 15 characters), so composition is not asked for. Refused are known
long favourites, runs along a keyboard or the alphabet, one short piece repeated, and the account's own words.
"""

import re

from taskyard.kit.problems import invalid

_LEAST_OWN_CHARACTERS = 8
"""What must be left of a password when the account's own words are taken out."""
_LEAST_WORD = 4
_LEAST_DIFFERENT = 5

_RUNS = tuple(
    run + run
    for forward in ("0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
    for run in (forward, forward[::-1])
)
_COMMON_WORDS = frozenset(
    """
    password passw0rd p@ssw0rd letmein welcome qwerty azerty qwertz admin administrator root login secret changeme
    default iloveyou monkey dragon football baseball princess sunshine master shadow superman batman trustno1 taskyard
    company business internet computer samsung google facebook hello summer winter spring autumn access test guest
    user please whatever nothing starwars pokemon michael jordan
    """.split()  # noqa: SIM905 - a word list reads better as text
)
_FAVOURITES = frozenset(
    """
    1q2w3e4r5t6y7u8i 1qaz2wsx3edc4rfv 1qazxsw23edcvfr4 q1w2e3r4t5y6u7i8 zaq12wsxcde34rfv 1qaz2wsx3edc4rfv5tgb
    thisismypassword mypasswordismypassword iloveyousomuch iloveyouforever iloveyouverymuch letmeinletmeinnow
    administratorpassword passwordpassword1 password123456789 password1234567890
    tobeornottobethatisthequestion maytheforcebewithyou supercalifragilisticexpialidocious
    thequickbrownfox thequickbrownfoxjumpsoverthelazydog onceuponatimethere nevergonnagiveyouup
    jesuschristislord jesusismysavior iamthebestintheworld qwertyuiop123456 qwertyuiop12345 asdfghjkl123456
    """.split()  # noqa: SIM905 - as above
)


def require_uncommon(password: str, *, email: str, name: str) -> None:
    """Refuse a password that an attacker tries early. Raises InvalidInput at ``/password``."""
    folded = password.casefold()
    if _is_common(folded):
        raise invalid("/password", "This password is too common; a sentence of your own is a good one.")
    if len(_without(folded, _words_of(email, name))) < _LEAST_OWN_CHARACTERS:
        raise invalid("/password", "This password is made of the account's own name or address.")


def _is_common(folded: str) -> bool:
    core = folded.strip(" 0123456789!.?*#")
    letters = re.sub(r"[\W_]", "", folded)
    return (
        folded in _FAVOURITES
        or len(set(folded)) < _LEAST_DIFFERENT
        or any(folded in run or (letters and letters in run) for run in _RUNS)
        or core in _FAVOURITES
        or _is_repetition(folded)
        or not re.sub("|".join(sorted(_COMMON_WORDS, key=len, reverse=True)), "", letters).strip("0123456789")
    )


def _is_repetition(text: str) -> bool:
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 7))


def _words_of(email: str, name: str) -> list[str]:
    words = re.split(r"[\W_]+", f"{email} {name}".casefold())
    return sorted((word for word in words if len(word) >= _LEAST_WORD), key=len, reverse=True)


def _without(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace(word, "")
    return text
