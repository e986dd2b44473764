"""09: whoever registered itself could be anybody, so people are asked each time."""

import httpx

from tests.journeys.programs import CALLBACK, Program
from tests.security.conftest import Target


def test_people_are_asked_each_time(target: Target, app: Program) -> None:
    with target.client() as client:
        told = client.post("/oauth/register", json={"client_name": "App", "redirect_uris": [CALLBACK]}).json()
    app.id = told["client_id"]
    for _ in range(2):
        page = app.ask(scope="openid")
        assert (page.status_code, "registered itself" in page.text) == (httpx.codes.OK, True)
        assert app.browser.send(page, "/oauth/consent", decision="allow").status_code == httpx.codes.SEE_OTHER
    assert "consent_required" in app.ask(scope="openid", prompt="none").headers["location"]
