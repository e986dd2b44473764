"""Rows that hold JSON: the driver gives it as text."""

from collections.abc import Iterable
from typing import Any

import msgspec


def with_json(row: Iterable[Any], place: int) -> list[Any]:
    """The values of a row, what is at one place decoded."""
    values = list(row)
    if values[place] is not None:
        values[place] = msgspec.json.decode(values[place])
    return values
