"""11: a code is its client's, goes with its address and verifier. That it lives a minute is tested in tests/auth."""

from collections.abc import Callable

import pytest

from tests.journeys.programs import CALLBACK, Program


def test_a_code_is_another_clients_refusal(app: Program, make_app: Callable[..., Program]) -> None:
    other, code = make_app(), app.code()
    stolen = other.redeem(code, code_verifier=app.verifier)
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert app.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"redirect_uri": f"{CALLBACK}?"}, {"redirect_uri": ""}, {"code_verifier": "x" * 64}, {"code_verifier": ""}],
)
def test_a_code_goes_with_what_it_was_asked_with(app: Program, changes: dict[str, str]) -> None:
    answer = app.redeem(app.code(), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
