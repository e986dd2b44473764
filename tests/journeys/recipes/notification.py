"""How the writes of the notification service succeed."""

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


RECIPES: Recipes = {
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
