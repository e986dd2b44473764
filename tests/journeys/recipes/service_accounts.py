"""How the writes about service accounts succeed: those of the project service, and their keys, which are auth's."""

from uuid import uuid4

from tests.journeys.recipes.scene import Recipes, Request, Scene

ACCOUNTS = "/api/v1/workspaces/{workspace_id}/service-accounts"
ACCOUNT = ACCOUNTS + "/{account_id}"
KEYS = "/api/v1/service-accounts/{account_id}/api-keys"
KEY = KEYS + "/{account_key_id}"
CLIENT = "/api/v1/service-accounts/{account_id}/oauth-clients/{client_id}"
ROBOT = {"name": "Night build", "grant_types": ["client_credentials"], "scopes": ["tasks:read"]}
NEW_KEY = {"name": "Deploy", "scopes": ["tasks:read"]}


def _account(scene: Scene) -> dict[str, str]:
    made = scene.ann.post(f"/workspaces/{scene.workspace}/service-accounts", {"name": uuid4().hex})
    return {"workspace_id": scene.workspace, "account_id": made["id"]}


def _key(scene: Scene) -> dict[str, str]:
    account = _account(scene)["account_id"]
    made = scene.ann.post(f"/service-accounts/{account}/api-keys", NEW_KEY)
    return {"account_id": account, "account_key_id": made["id"]}


def _client(scene: Scene) -> dict[str, str]:
    return {"account_id": _account(scene)["account_id"], "client_id": scene.ann.post("/oauth-clients", ROBOT)["id"]}


def _bound(scene: Scene) -> dict[str, str]:
    ids = _client(scene)
    assert scene.ann.client.put(CLIENT.format(**ids), json={"scopes": ["tasks:read"]}).is_success
    return ids


def _enable(scene: Scene) -> Request:
    ids = _account(scene)
    scene.ann.post(f"{ACCOUNT.removeprefix('/api/v1').format(**ids)}/disable", status=200)
    return Request(ids=ids)


RECIPES: Recipes = {
    f"POST {ACCOUNTS}": lambda scene: Request(ids={"workspace_id": scene.workspace}, body={"name": "Deploy"}),
    f"PATCH {ACCOUNT}": lambda scene: Request(ids=_account(scene), body={"name": uuid4().hex}),
    f"DELETE {ACCOUNT}": lambda scene: Request(ids=_account(scene)),
    f"POST {ACCOUNT}/disable": lambda scene: Request(ids=_account(scene)),
    f"POST {ACCOUNT}/enable": _enable,
}
RECIPES_OF_KEYS: Recipes = {
    f"POST {KEYS}": lambda scene: Request(ids=_account(scene), body=NEW_KEY),
    f"PATCH {KEY}": lambda scene: Request(ids=_key(scene), body={"name": "Night"}),
    f"POST {KEY}/rotate": lambda scene: Request(ids=_key(scene)),
    f"PUT {CLIENT}": lambda scene: Request(ids=_client(scene), body={"scopes": ["tasks:read"]}),
    f"DELETE {CLIENT}": lambda scene: Request(ids=_bound(scene)),
    f"DELETE {KEY}": lambda scene: Request(ids=_key(scene)),
}
