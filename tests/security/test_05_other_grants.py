"""05: there is no implicit and no password grant."""

import pytest

from tests.journeys.people import PASSWORD
from tests.journeys.programs import Program, answer_of


@pytest.mark.parametrize("kind", ["token", "id_token", "id_token token", "code token", "code id_token", "none"])
def test_no_token_comes_by_redirect(app: Program, kind: str) -> None:
    assert answer_of(app.ask(response_type=kind))["error"] == "unsupported_response_type"


def test_no_token_is_given_for_a_password(app: Program) -> None:
    answer = app.post("token", grant_type="password", username=app.owner.email, password=PASSWORD)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
