"""03: every answer says who gives it (RFC 9207), so that a client can tell servers apart."""

from tests.journeys.programs import Program, answer_of


def test_every_answer_names_its_issuer(app: Program) -> None:
    page = app.ask()
    answers = [
        app.browser.send(page, "/oauth/consent", decision="allow"),
        app.browser.send(app.ask(prompt="consent"), "/oauth/consent", decision="deny"),
        app.ask(response_type="token"),
        app.ask(scope="nonsense"),
        app.ask(),
    ]
    issuer = app.client.get("/.well-known/openid-configuration").json()["issuer"]
    assert [answer_of(answer)["iss"] for answer in answers] == [issuer] * len(answers)
