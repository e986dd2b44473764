"""Keyset cursors."""

import pytest

from taskyard.kit.cursors import CursorSigner
from taskyard.kit.problems import InvalidInput

SIGNER = CursorSigner(b"k" * 32)


def test_cursor_gives_back_its_values() -> None:
    values = ["2027-01-01T00:00:00Z", "ä", 7, None]

    assert SIGNER.open("tasks", SIGNER.sign("tasks", values)) == values


@pytest.mark.parametrize("damage", ["other list", "other key", "flipped", "cut", "empty", "nonsense", "not ascii"])
def test_cursor_that_was_not_signed_for_this_list_is_refused(damage: str) -> None:
    cursor = SIGNER.sign("tasks", ["x", 1])
    damaged = {
        "other list": SIGNER.sign("trash", ["x", 1]),
        "other key": CursorSigner(b"o" * 32).sign("tasks", ["x", 1]),
        "flipped": ("A" if cursor[0] != "A" else "B") + cursor[1:],
        "cut": cursor[:-3],
        "empty": "",
        "nonsense": "!!!",
        "not ascii": "ä" * 30,
    }[damage]

    with pytest.raises(InvalidInput) as caught:
        SIGNER.open("tasks", damaged)
    assert caught.value.errors[0].pointer == "/cursor"


def test_page_has_a_cursor_only_when_more_follows() -> None:
    last = SIGNER.page("tasks", [1, 2, 3], 3, lambda row: [row])
    more = SIGNER.page("tasks", [1, 2, 3, 4], 3, lambda row: [row])

    assert (last.items, last.next_cursor) == ([1, 2, 3], None)
    assert more.items == [1, 2, 3]
    assert more.next_cursor is not None
    assert SIGNER.open("tasks", more.next_cursor) == [3]


def test_first_page_starts_outside_all_ids_and_the_next_where_it_ended() -> None:
    cursor = SIGNER.sign("teams", ["b"])

    assert SIGNER.after_id("teams", None) < "1"
    assert SIGNER.before_id("teams", None) > "f"
    assert (SIGNER.after_id("teams", cursor), SIGNER.before_id("teams", cursor)) == ("b", "b")
