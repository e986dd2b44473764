"""How the writes succeed by which people sign in by an identity provider."""

import atexit
from contextlib import ExitStack
from functools import cache
from uuid import uuid4

import msgspec

from tests.journeys.openid_provider import BACK, OpenIdProvider, providing
from tests.journeys.recipes.scene import Recipes, Request, Scene, Silent


@cache
def _providers() -> OpenIdProvider:
    """A server of identity providers, for as long as the tests run."""
    running = ExitStack()
    atexit.register(running.close)
    return running.enter_context(providing())


def _a_provider() -> OpenIdProvider:
    return _providers().named(f"p{uuid4().hex[:12]}")


def _new_provider(scene: Scene) -> Request:
    boss = scene.register("Boss")
    scene.grant(boss.email)
    return Request(body=_a_provider().body(), by=boss)


def _a_known_provider(scene: Scene) -> Request:
    request = _new_provider(scene)
    assert request.by is not None
    made = request.by.post("/identity-providers", request.body)
    return Request(ids={"provider_id": made["id"]}, by=request.by)


def _new_group_role(scene: Scene) -> Request:
    request = _a_known_provider(scene)
    scene.ann.post(
        f"/workspaces/{scene.workspace}/members", {"email": request.by.email if request.by else "", "role": "admin"}
    )
    body = {"group": "staff", "workspace_id": scene.workspace, "role": "member"}
    return msgspec.structs.replace(request, body=body)


def _delete_a_group_role(scene: Scene) -> Request:
    request = _new_group_role(scene)
    assert request.by is not None
    made = request.by.post(f"/identity-providers/{request.ids['provider_id']}/group-roles", request.body)
    return Request(ids={**request.ids, "group_role_id": made["id"]}, by=request.by)


def _begin_at_a_provider(scene: Scene) -> Request:
    request = _new_provider(scene)
    assert request.by is not None
    request.by.post("/identity-providers", request.body)
    return Request(ids={"provider_slug": request.body["slug"]}, body={"redirect_uri": BACK})


def _begin_to_link(scene: Scene) -> Request:
    slug = _begin_at_a_provider(scene).ids["provider_slug"]
    return Request(body={"provider": slug, "redirect_uri": BACK}, by=scene.register("Guest"))


def _link(scene: Scene) -> Request:
    request = _begin_to_link(scene)
    assert request.by is not None
    begun = request.by.post("/me/identities/begin", request.body, status=200)
    slug = request.body["provider"]
    answer = _providers().named(slug).answer(begun["authorization_url"], uuid4().hex)
    return Request(body={**answer, "provider": slug, "flow_token": begun["flow_token"]}, by=request.by)


def _unlink(scene: Scene) -> Request:
    request = _link(scene)
    assert request.by is not None
    linked = request.by.post("/me/identities", request.body)
    return Request(ids={"identity_id": linked["id"]}, by=request.by)


def _come_back_from_a_provider(scene: Scene) -> Request:
    request = _begin_at_a_provider(scene)
    slug = request.ids["provider_slug"]
    begun = scene.ann.post(f"/auth/federated/{slug}/begin", request.body, status=200)
    answer = _providers().named(slug).answer(begun["authorization_url"], uuid4().hex)
    return Request(ids=request.ids, body={**answer, "flow_token": begun["flow_token"]})


RECIPES: Recipes = {
    "POST /api/v1/identity-providers": _new_provider,
    "PATCH /api/v1/identity-providers/{provider_id}": lambda scene: msgspec.structs.replace(
        _a_known_provider(scene), body={"name": "Corp"}
    ),
    "DELETE /api/v1/identity-providers/{provider_id}": _a_known_provider,
    "POST /api/v1/identity-providers/{provider_id}/group-roles": _new_group_role,
    "DELETE /api/v1/identity-providers/{provider_id}/group-roles/{group_role_id}": _delete_a_group_role,
    "POST /api/v1/auth/federated/{provider_slug}/begin": _begin_at_a_provider,
    "POST /api/v1/auth/federated/{provider_slug}": _come_back_from_a_provider,
    "POST /api/v1/me/identities/begin": _begin_to_link,
    "POST /api/v1/me/identities": _link,
    "DELETE /api/v1/me/identities/{identity_id}": _unlink,
}
SILENT: Silent = {
    "POST /api/v1/auth/federated/{provider_slug}/begin": "the provider has said nothing yet",
    "POST /api/v1/me/identities/begin": "as above",
}
