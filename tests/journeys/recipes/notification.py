"""How the writes of the notification service succeed."""

import time
from datetime import UTC, datetime, timedelta

from tests.journeys.recipes.scene import Recipes, Request, Scene, Silent

MUTES = "/api/v1/notification-preferences/mutes"


def _told(scene: Scene) -> dict[str, str]:
    return {"notification_id": scene.new_notification()}


def _told_and(scene: Scene, verb: str, body: dict[str, str] | None = None) -> Request:
    """A notification with which something was done already."""
    ids = _told(scene)
    scene.ann.post(f"/notifications/{ids['notification_id']}/{verb}", body, 200)
    return Request(ids=ids)


def _tomorrow() -> dict[str, str]:
    return {"until": (datetime.now(UTC) + timedelta(days=1)).isoformat()}


def _read_all(scene: Scene) -> Request:
    scene.new_notification()
    return Request()


def _muted(scene: Scene, noun: str, name: str) -> Request:
    scene.ann.client.put(f"{MUTES}/{noun}s/{name}").raise_for_status()
    return Request(ids={f"{noun}_id": name})


def _change_preferences(scene: Scene) -> Request:
    return Request(body={"digest_at": "06:30"}, by=scene.register("Guest"))


def _unsubscribe(scene: Scene) -> Request:
    guest = scene.register("Guest")
    return Request(query={"token": scene.unsubscribe_token(guest.id)}, by=guest)


def _webhook_body(scene: Scene) -> dict[str, object]:
    return {"workspace_id": scene.workspace, "url": "https://localhost/in", "events": ["*"]}


def _webhook(scene: Scene) -> str:
    """One that is sent nothing, and has room for others beside it."""
    for hook in scene.ann.get("/webhooks", workspace_id=scene.workspace, limit=200)["items"]:
        scene.ann.delete(f"/webhooks/{hook['id']}")
    return str(scene.ann.post("/webhooks", _webhook_body(scene))["id"])


def _hooked(scene: Scene, body: dict[str, object] | None = None, *before: str) -> Request:
    """A webhook with which something was done already."""
    hook_id = _webhook(scene)
    for verb in before:
        scene.ann.client.post(f"/api/v1/webhooks/{hook_id}/{verb}").raise_for_status()
    return Request(ids={"webhook_id": hook_id}, body=body)


def _redeliver(scene: Scene) -> Request:
    """A delivery that was tried in vain, since this machine is on no public network."""
    test = scene.ann.post(f"/webhooks/{_webhook(scene)}/test", status=202)
    for _ in range(200):
        if scene.ann.get(f"/deliveries/{test['id']}")["log"]:
            return Request(ids={"delivery_id": test["id"]})
        time.sleep(0.05)
    raise AssertionError("nobody tried to send")


def _replay(scene: Scene) -> Request:
    """A change from before the webhook."""
    for _ in range(200):
        for item in scene.ann.get("/events", limit=200)["items"]:
            if item["workspace_id"] == scene.workspace:
                span = {"after": item["position"] - 1, "until": item["position"]}
                return Request(ids={"webhook_id": _webhook(scene)}, body=span)
        time.sleep(0.05)
    raise AssertionError("no change of the workspace was placed")


RECIPES: Recipes = {
    "POST /api/v1/webhooks": lambda scene: Request(body=_webhook_body(scene)),
    "PATCH /api/v1/webhooks/{webhook_id}": lambda scene: _hooked(scene, {"description": "Lift company"}),
    "DELETE /api/v1/webhooks/{webhook_id}": _hooked,
    "POST /api/v1/webhooks/{webhook_id}/pause": _hooked,
    "POST /api/v1/webhooks/{webhook_id}/resume": lambda scene: _hooked(scene, None, "pause"),
    "POST /api/v1/webhooks/{webhook_id}/rotate-secret": _hooked,
    "POST /api/v1/webhooks/{webhook_id}/test": _hooked,
    "POST /api/v1/webhooks/{webhook_id}/replay": _replay,
    "POST /api/v1/deliveries/{delivery_id}/redeliver": _redeliver,
    "POST /api/v1/notifications/{notification_id}/read": lambda scene: Request(ids=_told(scene)),
    "POST /api/v1/notifications/{notification_id}/unread": lambda scene: _told_and(scene, "read"),
    "POST /api/v1/notifications/{notification_id}/snooze": lambda scene: Request(ids=_told(scene), body=_tomorrow()),
    "POST /api/v1/notifications/{notification_id}/unsnooze": lambda scene: _told_and(scene, "snooze", _tomorrow()),
    "POST /api/v1/notifications/{notification_id}/archive": lambda scene: Request(ids=_told(scene)),
    "POST /api/v1/notifications/{notification_id}/unarchive": lambda scene: _told_and(scene, "archive"),
    "POST /api/v1/notifications/read-all": _read_all,
    f"PUT {MUTES}/tasks/{{task_id}}": lambda scene: Request(ids={"task_id": scene.new_task()}),
    f"DELETE {MUTES}/tasks/{{task_id}}": lambda scene: _muted(scene, "task", scene.new_task()),
    f"PUT {MUTES}/projects/{{project_id}}": lambda scene: Request(ids={"project_id": scene.new_project()}),
    f"DELETE {MUTES}/projects/{{project_id}}": lambda scene: _muted(scene, "project", scene.new_project()),
    "PATCH /api/v1/notification-preferences": _change_preferences,
    "POST /api/v1/notification-preferences/unsubscribe": _unsubscribe,
}
SILENT: Silent = {}
