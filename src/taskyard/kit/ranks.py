"""Ranks: texts that sort as a person arranged things, so that moving one thing changes that thing alone.

Six digits count from the middle, so that both ends have room for billions; digits after them divide the space between
two neighbours as often as it takes. Digits are in the order of ASCII: compare them as bytes (``COLLATE "C"``).
"""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE, _WHOLE = len(_DIGITS), 6
_LONGEST = 200
_MIDDLE = _BASE**_WHOLE // 2


def is_rank(text: str) -> bool:
    """Whether a text can be a rank that others are put beside."""
    return _WHOLE <= len(text) <= _LONGEST and all(digit in _DIGITS for digit in text)


def rank_between(low: str | None, high: str | None) -> str:
    """A rank above ``low`` and below ``high``, which are different; None stands for either end."""
    if low is None or high is None:
        return _text(_beside(low, high), _WHOLE)
    width = max(len(low), len(high))
    below, above = (_number(text.ljust(width, "0")) for text in (low, high))
    while above - below < 2:
        below, above, width = below * _BASE, above * _BASE, width + 1
    text = _text((below + above) // 2, width)
    return text[:_WHOLE] + text[_WHOLE:].rstrip("0")


def rank_of(number: int) -> str:
    """The rank of what was numbered as it came: above those with a lower number, with room for everything before."""
    return _text(_MIDDLE + number, _WHOLE)


def rank_after(low: str) -> str:
    """A rank above ``low`` and below that of whatever is numbered next."""
    return rank_between(low, _text(_number(low[:_WHOLE]) + 1, _WHOLE))


def spread_ranks(count: int) -> list[str]:
    """As many ranks, in order, with room between them and below those of numbers."""
    return [_text(_MIDDLE - (count - place) * _BASE, _WHOLE) for place in range(count)]


def _beside(low: str | None, high: str | None) -> int:
    if low is not None:
        return _number(low[:_WHOLE]) + 1
    return _MIDDLE if high is None else _number(high[:_WHOLE]) - 1


def _number(text: str) -> int:
    number = 0
    for digit in text:
        number = number * _BASE + _DIGITS.index(digit)
    return number


def _text(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, _BASE)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
