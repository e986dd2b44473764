"""E-mail addresses are read and compared in one way, whichever service is given one."""

import pytest

from taskyard.kit.emails import find_fold, fold_email, parse_email
from taskyard.kit.problems import InvalidInput


def test_address_of_a_private_network_is_one() -> None:
    assert parse_email("/email", " ada@intranet ") == "ada@intranet"


def test_what_is_no_address_is_refused_in_its_place() -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_email("/email", "ada at home")
    assert refusal.value.errors[0].pointer == "/email"


def test_case_and_composition_make_no_difference() -> None:
    assert fold_email("JOSE\u0301@Example.COM") == fold_email("jos\u00e9@example.com")


def test_what_nobody_can_have_finds_nobody() -> None:
    assert find_fold("ada at home") == ""
    assert find_fold(" Ada@Example.com ") == "ada@example.com"
