"""01: a code goes to a registered address, character for character; to any other nobody is sent at all."""

from collections.abc import Callable

import httpx
import pytest

from tests.journeys.programs import CALLBACK, Program


@pytest.mark.parametrize(
    "address",
    [
        f"{CALLBACK}/",
        f"{CALLBACK}x",
        f"{CALLBACK}?x=1",
        f"{CALLBACK}#x",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "https://app.example/../callback",
        "https://app.example@evil.example/callback",
        "http://app.example/callback",
        "https://evil.example/callback",
        "",
        None,
    ],
)
def test_other_addresses_are_told_to_the_person_alone(app: Program, address: str | None) -> None:
    answer = app.ask(redirect_uri=address)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "evil.example" not in answer.text


def test_on_loopback_any_port_will_do(make_app: Callable[..., Program]) -> None:
    app = make_app(redirect_uris=["http://127.0.0.1/callback"])
    app.browser.sign_in(app.owner.email)
    assert app.ask(redirect_uri="http://127.0.0.1:50123/callback").status_code == httpx.codes.OK
    for other in ("http://127.0.0.1:50123/other", "http://127.0.0.2/callback", "http://localhost:1/callback"):
        assert app.ask(redirect_uri=other).status_code == httpx.codes.BAD_REQUEST
