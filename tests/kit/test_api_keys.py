"""The form of API keys: whole ones are told from typos without asking anybody."""

import pytest

from taskyard.kit.api_keys import id_of_key, make_key
from taskyard.kit.ids import new_id


def test_a_key_names_its_id_and_begins_with_what_people_may_see() -> None:
    key_id = new_id()
    made = make_key(key_id, "live")
    assert id_of_key(made.secret) == key_id
    assert made.prefix == f"tyk_live_{key_id.replace('-', '')}"
    assert made.secret.startswith(made.prefix + "_")


def test_no_two_keys_of_one_id_are_the_same() -> None:
    key_id = new_id()
    assert len({make_key(key_id, "test").secret for _ in range(50)}) == 50


def test_any_one_character_that_is_wrong_is_noticed() -> None:
    secret = make_key(new_id(), "test").secret
    for place, character in enumerate(secret):
        other = "a" if character != "a" else "b"
        assert id_of_key(secret[:place] + other + secret[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "tyk_", "tyk_live_x_y", "tyk_live_" + "0" * 32 + "_" + "0" * 49, "eyJhbGciOi"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert id_of_key(text) is None


def test_nothing_may_stand_around_a_key() -> None:
    secret = make_key(new_id(), "test").secret
    assert [id_of_key(text) for text in (secret + "\n", " " + secret, secret + "0", secret[:-1])] == [None] * 4
