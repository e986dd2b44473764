"""How a query is refused: always with the place in the text."""

from taskyard.kit.problems import InvalidInput, invalid

POINTER = "/filter"


def wrong(at: int, detail: str, pointer: str = POINTER) -> InvalidInput:
    """What is wrong with a query, and at which character, counted from one."""
    return invalid(pointer, f"At character {at + 1}: {detail}")
