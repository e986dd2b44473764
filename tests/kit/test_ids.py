"""Identifiers that follow from others."""

from taskyard.kit.ids import derived_id, is_id, new_id


def test_what_is_known_elsewhere_has_one_id_in_each_scope() -> None:
    origin, scope = new_id(), new_id()
    derived = derived_id(scope, origin)

    assert derived == derived_id(scope, origin)
    assert len({derived, origin, derived_id(new_id(), origin), derived_id(scope, new_id())}) == 4
    assert is_id(derived)
    assert (derived[14], derived[19] in "89ab") == ("7", True)


def test_it_is_as_old_as_what_it_follows_from() -> None:
    origin = new_id()
    assert derived_id(new_id(), origin)[:13] == origin[:13]
