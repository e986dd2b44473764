"""Text from people."""

import pytest

from taskyard.kit.ids import is_id, new_id
from taskyard.kit.problems import InvalidInput
from taskyard.kit.text import clean_line, clean_text


@pytest.mark.parametrize(("text", "line"), [("  a b ", "a b"), ("\tä\n", "ä"), ("👩‍👩‍👧", "👩‍👩‍👧")])
def test_line_loses_blanks_around_it(text: str, line: str) -> None:
    assert clean_line("/name", text) == line


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a\nb", "a\tb", "a\x1b[31m", "a\x85b", "a\u2028b", "a\ud800b"])
def test_line_that_no_screen_or_store_can_take_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_line("/name", text)

    assert [error.pointer for error in caught.value.errors] == ["/name"]


def test_text_keeps_lines_and_tabs() -> None:
    assert clean_text("/text", " a\r\nb\rc\n\td ") == " a\nb\nc\n\td "


@pytest.mark.parametrize("text", ["a\x00", "\x1b", "\x7f", "\udfff"])
def test_text_with_control_characters_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_text("/text", text)


def test_id_is_told_from_other_words() -> None:
    assert is_id(new_id())
    for text in ("", "OPS-1", new_id() + "\n", new_id().upper(), new_id().replace("-", "")):
        assert not is_id(text)
