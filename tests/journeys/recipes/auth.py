"""How the writes of the auth service succeed."""

from uuid import uuid4

import msgspec

from tests.journeys.authenticator import Authenticator
from tests.journeys.factors import Protected, code_of
from tests.journeys.passkeys import Keeper, new_passkey, origin_of
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.programs import CALLBACK, Program
from tests.journeys.recipes.scene import Recipes, Request, Scene, Silent


def _register(_: Scene) -> Request:
    email = f"guest-{uuid4().hex}@example.com"
    return Request(body={"email": email, "password": PASSWORD, "name": "Guest"})


def _refresh(scene: Scene) -> Request:
    return Request(body={"refresh_token": scene.register("Guest").sign_in()["refresh_token"]})


def _end_a_session(scene: Scene) -> Request:
    guest = scene.register("Guest")
    return Request(ids={"session_id": guest.get("/sessions")["items"][0]["id"]}, by=guest)


def _new_key(scene: Scene) -> Request:
    guest = scene.register("Guest")
    key = guest.post("/api-keys", {"name": "Deploy", "scopes": ["tasks:read"]})
    return Request(ids={"key_id": key["id"]}, by=guest)


def _change_a_key(scene: Scene) -> Request:
    return msgspec.structs.replace(_new_key(scene), body={"name": "Night"})


def _give_a_code(scene: Scene) -> Request:
    guest = Protected(scene.register("Guest"))
    return Request(body={"mfa_token": guest.begin(), "code": guest.code(steps=1)})


def _give_a_recovery_code(scene: Scene) -> Request:
    guest = Protected(scene.register("Guest"))
    return Request(body={"mfa_token": guest.begin(), "code": guest.recovery_codes[0]})


def _prove_an_app(scene: Scene) -> Request:
    guest = scene.register("Guest")
    secret = guest.post("/me/mfa/totp")["secret"]
    return Request(body={"code": code_of(secret)}, by=guest)


def _make_a_passkey(scene: Scene) -> Request:
    guest = scene.register("Guest")
    return Request(body=new_passkey(guest, Authenticator(origin_of(guest))), by=guest)


def _change_a_passkey(scene: Scene) -> Request:
    keeper = Keeper(scene.register("Guest"))
    return Request(ids={"passkey_id": keeper.passkey_id}, body={"name": "Laptop"}, by=keeper.person)


def _remove_a_passkey(scene: Scene) -> Request:
    return msgspec.structs.replace(_change_a_passkey(scene), body=None)


def _sign_in_by_passkey(scene: Scene) -> Request:
    keeper = Keeper(scene.register("Guest"))
    return Request(body={"credential": keeper.device.sign(keeper.options())})


def _ask_what_to_sign(scene: Scene) -> Request:
    return Request(body={"mfa_token": Keeper(scene.register("Guest")).begin()})


def _give_a_passkey(scene: Scene) -> Request:
    keeper = Keeper(scene.register("Guest"))
    token = keeper.begin()
    credential = keeper.device.sign(keeper.options("/auth/mfa/passkey/options", {"mfa_token": token}))
    return Request(body={"mfa_token": token, "credential": credential})


def _new_client(scene: Scene) -> Request:
    guest = scene.register("Guest")
    client = guest.post("/oauth-clients", {"name": "App", "redirect_uris": ["https://app.example/"]})
    return Request(ids={"client_id": client["id"]}, by=guest)


def _change_a_client(scene: Scene) -> Request:
    return msgspec.structs.replace(_new_client(scene), body={"name": "Renamed"})


def _redeem_a_code(scene: Scene) -> Request:
    program = Program(scene.register("Guest"))
    fields = {"code": program.code(), "redirect_uri": CALLBACK, "code_verifier": program.verifier}
    return _as_form(program, grant_type="authorization_code", **fields)


def _revoke_a_token(scene: Scene) -> Request:
    program = Program(scene.register("Guest"))
    return _as_form(program, token=program.tokens()["refresh_token"])


def _begin_on_a_device(scene: Scene) -> Request:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    return _as_form(Program(scene.register("Guest"), grant_types=[grant]))


def _push_a_request(scene: Scene) -> Request:
    program = Program(scene.register("Guest"))
    return _as_form(program, **program.question())


def _as_form(program: Program, **fields: str) -> Request:
    program.close()
    return Request(form={**program.proof, **fields})


def _follow_a_link(scene: Scene) -> Request:
    guest = scene.register("Guest")
    guest.post("/me/email/verification", status=204)
    return Request(body={"token": scene.mailed_token(guest.email, "Confirm your e-mail address")})


def _reset_a_password(scene: Scene) -> Request:
    guest = scene.register("Guest")
    guest.post("/auth/password/forgot", {"email": guest.email}, status=204)
    token = scene.mailed_token(guest.email, "Choose a new password")
    return Request(body={"token": token, "password": "nine wooden bicycles sing"})


def _change_a_password(scene: Scene) -> Request:
    body = {"current_password": PASSWORD, "password": "nine wooden bicycles sing"}
    return Request(body=body, by=scene.register("Guest"))


def _as_administrator(scene: Scene, user: Someone) -> Request:
    boss = scene.register("Boss")
    scene.grant(boss.email)
    return Request(ids={"user_id": user.id}, by=boss)


def _enable_a_user(scene: Scene) -> Request:
    request = _as_administrator(scene, scene.register("Guest"))
    assert request.by is not None
    request.by.post(f"/users/{request.ids['user_id']}/disable", status=200)
    return request


RECIPES: Recipes = {
    "POST /api/v1/auth/register": _register,
    "POST /api/v1/auth/login": lambda scene: Request(body={"email": scene.ann.email, "password": PASSWORD}),
    "POST /api/v1/auth/mfa/totp": _give_a_code,
    "POST /api/v1/auth/mfa/recovery": _give_a_recovery_code,
    "POST /api/v1/auth/refresh": _refresh,
    "POST /api/v1/auth/email/verify": _follow_a_link,
    "POST /api/v1/auth/password/forgot": lambda scene: Request(body={"email": scene.ann.email}),
    "POST /api/v1/auth/password/reset": _reset_a_password,
    "POST /api/v1/auth/password/change": _change_a_password,
    "POST /api/v1/me/email": lambda scene: Request(
        body={"email": f"{uuid4().hex}@example.com"}, by=scene.register("Guest")
    ),
    "POST /api/v1/me/email/verification": lambda scene: Request(by=scene.register("Guest")),
    "POST /api/v1/users/{user_id}/disable": lambda scene: _as_administrator(scene, scene.register("Guest")),
    "POST /api/v1/users/{user_id}/enable": _enable_a_user,
    "POST /api/v1/users/{user_id}/reset-mfa": lambda scene: _as_administrator(
        scene, Protected(scene.register("Guest")).person
    ),
    "DELETE /api/v1/users/{user_id}": lambda scene: _as_administrator(scene, scene.register("Guest")),
    "DELETE /api/v1/me": lambda scene: Request(by=scene.register("Guest")),
    "POST /api/v1/auth/logout": lambda scene: Request(by=scene.register("Guest")),
    "PATCH /api/v1/me": lambda _: Request(body={"name": uuid4().hex}),
    "POST /api/v1/api-keys": lambda _: Request(body={"name": "Deploy", "scopes": ["tasks:read"]}),
    "PATCH /api/v1/api-keys/{key_id}": _change_a_key,
    "POST /api/v1/api-keys/{key_id}/rotate": _new_key,
    "DELETE /api/v1/api-keys/{key_id}": _new_key,
    "POST /api/v1/me/mfa/totp": lambda scene: Request(by=scene.register("Guest")),
    "POST /api/v1/me/mfa/totp/confirm": _prove_an_app,
    "POST /api/v1/me/mfa/recovery-codes": lambda scene: Request(by=Protected(scene.register("Guest")).person),
    "DELETE /api/v1/me/mfa/totp": lambda scene: Request(by=Protected(scene.register("Guest")).person),
    "POST /api/v1/me/passkeys/options": lambda scene: Request(by=scene.register("Guest")),
    "POST /api/v1/me/passkeys": _make_a_passkey,
    "PATCH /api/v1/me/passkeys/{passkey_id}": _change_a_passkey,
    "DELETE /api/v1/me/passkeys/{passkey_id}": _remove_a_passkey,
    "POST /api/v1/auth/passkey/options": lambda _: Request(),
    "POST /api/v1/auth/passkey": _sign_in_by_passkey,
    "POST /api/v1/auth/mfa/passkey/options": _ask_what_to_sign,
    "POST /api/v1/auth/mfa/passkey": _give_a_passkey,
    "POST /api/v1/oauth-clients": lambda _: Request(body={"name": "App", "redirect_uris": ["https://app.example/"]}),
    "PATCH /api/v1/oauth-clients/{client_id}": _change_a_client,
    "POST /api/v1/oauth-clients/{client_id}/rotate-secret": _new_client,
    "DELETE /api/v1/oauth-clients/{client_id}": _new_client,
    "POST /oauth/token": _redeem_a_code,
    "POST /oauth/revoke": _revoke_a_token,
    "POST /oauth/introspect": lambda scene: _as_form(Program(scene.register("Guest")), token="x"),
    "POST /oauth/device_authorization": _begin_on_a_device,
    "POST /oauth/par": _push_a_request,
    "POST /oauth/register": lambda _: Request(body={"redirect_uris": [CALLBACK]}),
    "POST /oauth/userinfo": lambda _: Request(),
    "DELETE /api/v1/sessions": lambda scene: Request(by=scene.register("Guest")),
    "DELETE /api/v1/sessions/{session_id}": _end_a_session,
}
SILENT: Silent = {
    "POST /oauth/introspect": "it only reads",
    "POST /oauth/userinfo": "it only reads",
    "POST /oauth/par": "nobody was asked yet",
    "POST /oauth/device_authorization": "nobody was asked yet",
    "POST /api/v1/auth/password/forgot": "nothing changes before the mailed link is followed",
    "POST /api/v1/me/email/verification": "as above",
    "POST /api/v1/me/mfa/totp": "nothing is asked for until the app is proved",
    "POST /api/v1/me/passkeys/options": "nothing is taken until the device has made a passkey",
    "POST /api/v1/auth/passkey/options": "nobody has signed anything yet",
    "POST /api/v1/auth/mfa/passkey/options": "as above",
    "POST /api/v1/auth/refresh": "the session goes on as it was; only its secret is another",
}
