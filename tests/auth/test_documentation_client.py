"""The documentation page as a client that is built in."""

from taskyard.auth.actions.oauth.built_in import keep_documentation_client
from taskyard.auth.queries.oauth_clients import find_client
from taskyard.contracts.documentation import CALLBACK, CLIENT_ID
from tests.auth.conftest import ISSUER, Auth
from tests.auth.oauth_client import Program
from tests.auth.visitor import Visitor


async def test_it_is_written_once_and_follows_the_address(auth: Auth) -> None:
    await keep_documentation_client(auth.database, "https://before.example")
    for _ in range(2):
        await keep_documentation_client(auth.database, ISSUER)
    client = await find_client(auth.database, CLIENT_ID)
    assert client is not None
    assert (client.redirect_uris, client.secret_hash, client.grant_types) == (
        [ISSUER + CALLBACK],
        None,
        ["authorization_code"],
    )
    before = client.version
    await keep_documentation_client(auth.database, ISSUER)
    await keep_documentation_client(auth.database, "https://after.example")
    moved = await find_client(auth.database, CLIENT_ID)
    assert moved is not None
    assert (moved.redirect_uris, moved.version) == ([f"https://after.example{CALLBACK}"], before + 1)


async def test_people_are_asked_each_time_and_not_warned(auth: Auth) -> None:
    await keep_documentation_client(auth.database, ISSUER)
    person, _ = await auth.someone()
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    page = Program(auth, CLIENT_ID, None)
    question = page.question(redirect_uri=ISSUER + CALLBACK, scope="account:read")
    for _ in range(2):
        asked = await visitor.get("/oauth/authorize", **question)
        assert asked.status_code == 200
        assert "registered itself" not in asked.text
        answer = await visitor.send(asked, "/oauth/consent", decision="allow")
        assert answer.headers["location"].startswith(ISSUER + CALLBACK)
    strange = await visitor.get("/oauth/authorize", **question | {"redirect_uri": f"https://evil.example{CALLBACK}"})
    assert strange.status_code == 400
    await visitor.close()
