"""How the writes of the task service succeed."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.journeys.recipes.scene import Recipes, Request, Scene, Silent

THUMB = "%F0%9F%91%8D"


def _task(scene: Scene) -> dict[str, str]:
    return {"ref": scene.new_task()}


def _restore(scene: Scene) -> Request:
    ids = _task(scene)
    scene.ann.delete(f"/tasks/{ids['ref']}")
    return Request(ids=ids)


def _archived(scene: Scene) -> Request:
    ids = _task(scene)
    scene.ann.post(f"/tasks/{ids['ref']}/archive", status=200)
    return Request(ids=ids)


def _related(scene: Scene) -> Request:
    """A relation that is there already."""
    ids = _task(scene)
    body = {"kind": "blocks", "target_id": scene.new_task()}
    relation = scene.ann.post(f"/tasks/{ids['ref']}/relations", body)
    return Request(ids={**ids, "relation_id": relation["id"]})


def _listed(scene: Scene, body: dict[str, bool] | None = None) -> Request:
    """An item on a checklist that is there already."""
    ids = _task(scene)
    item = scene.ann.post(f"/tasks/{ids['ref']}/checklist", {"title": "Step"})
    return Request(ids={**ids, "item_id": item["id"]}, body=body)


def _reacted(scene: Scene) -> Request:
    """A comment that Ann reacted to."""
    ids = {"comment_id": scene.new_comment(), "emoji": THUMB}
    scene.ann.client.put(f"/api/v1/comments/{ids['comment_id']}/reactions/{THUMB}").raise_for_status()
    return Request(ids=ids)


def _shared(scene: Scene, body: dict[str, str] | None = None) -> Request:
    """A task that somebody was given."""
    ids = {**_task(scene), "subject_id": scene.new_member()}
    scene.ann.post(f"/tasks/{ids['ref']}/grants", {"user_id": ids["subject_id"]})
    return Request(ids=ids, body=body)


def _changed(scene: Scene) -> tuple[str, dict[str, str]]:
    """The id of a change of a task, and the request that made it."""
    task = scene.new_task()
    scene.ann.patch(f"/tasks/{task}", {"title": uuid4().hex})
    change = scene.ann.get(f"/tasks/{task}/activity")["items"][0]
    return change["id"], {"request_id": change["request_id"]}


def _attached(scene: Scene) -> Request:
    """A file that hangs on a task already."""
    ids = _task(scene)
    attachment = scene.ann.attach(ids["ref"], "plan.txt", b"A plan")
    return Request(ids={**ids, "attachment_id": attachment["id"]})


SPENT: dict[str, str | int] = {"started_at": "2026-11-01T08:00:00Z", "seconds": 600}


def _spent(scene: Scene, body: dict[str, str | int] | None = None) -> Request:
    """Time that was told already."""
    ids = _task(scene)
    entry = scene.ann.post(f"/tasks/{ids['ref']}/time-entries", SPENT)
    return Request(ids={**ids, "entry_id": entry["id"]}, body=body)


def _measuring(scene: Scene) -> Request:
    """A timer that runs."""
    guest = scene.register("Guest")
    project = guest.project(guest.workspace()["id"])["id"]
    task = guest.post("/tasks", {"project_id": project, "title": "Work"})["id"]
    return Request(body={"task_id": task}, by=guest)


def _measured(scene: Scene) -> Request:
    start = _measuring(scene)
    if start.by is not None:
        start.by.post("/timers/start", start.body)
    return Request(by=start.by)


def _tomorrow() -> dict[str, str]:
    return {"remind_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}


def _reminded(scene: Scene) -> Request:
    """A task that one is to be reminded of."""
    ids = _task(scene)
    reminder = scene.ann.post(f"/tasks/{ids['ref']}/reminders", _tomorrow())
    return Request(ids=ids | {"reminder_id": reminder["id"]})


def _watering() -> dict[str, object]:
    return {"rule": "FREQ=WEEKLY", "starts_on": _tomorrow()["remind_at"][:10], "task": {"title": "Water the plants"}}


def _recurring(scene: Scene, body: dict[str, str] | None = None, *, turn: str = "") -> Request:
    """A task that is made again and again; ``turn`` is what was done to it."""
    one = scene.ann.post("/recurrences", {"project_id": scene.project, **_watering()})["id"]
    if turn:
        scene.ann.post(f"/recurrences/{one}/{turn}", status=200)
    return Request(ids={"recurrence_id": one}, body=body)


def _view(scene: Scene) -> dict[str, str]:
    return {"view_id": scene.ann.post("/views", {"name": "Mine", "project_id": scene.project, "is_shared": True})["id"]}


LATER = {
    "filter": "number > 0",
    "operation": {"op": "delete"},
    "starts_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
}
"""A job that changes nothing as long as tests run."""


def _delayed(scene: Scene) -> Request:
    """A job that waits until tomorrow."""
    body = {**_bulk(scene), "starts_at": _tomorrow()["remind_at"]}
    return Request(ids={"job_id": scene.ann.post("/tasks/bulk", body, 202)["id"]})


def _bulk(scene: Scene) -> dict[str, object]:
    operation = {"op": "update", "patch": {"priority": "low"}}
    return {"workspace_id": scene.workspace, "filter": f"key = {uuid4().hex}", "operation": operation}


RECIPES: Recipes = {
    "POST /api/v1/tasks": lambda scene: Request(body={"project_id": scene.project, "title": "Work"}),
    "PATCH /api/v1/tasks/{ref}": lambda scene: Request(ids=_task(scene), body={"title": uuid4().hex}),
    "DELETE /api/v1/tasks/{ref}": lambda scene: Request(ids=_task(scene)),
    "POST /api/v1/tasks/{ref}/transition": lambda scene: Request(ids=_task(scene), body={"status": "done"}),
    "POST /api/v1/tasks/{ref}/restore": _restore,
    "POST /api/v1/tasks/{ref}/archive": lambda scene: Request(ids=_task(scene)),
    "POST /api/v1/tasks/{ref}/unarchive": _archived,
    "POST /api/v1/tasks/{ref}/move": lambda scene: Request(ids=_task(scene), body={"after_id": None}),
    "POST /api/v1/tasks/{ref}/relations": lambda scene: Request(
        ids=_task(scene), body={"kind": "relates_to", "target_id": scene.new_task()}
    ),
    "DELETE /api/v1/tasks/{ref}/relations/{relation_id}": _related,
    "POST /api/v1/tasks/{ref}/checklist": lambda scene: Request(ids=_task(scene), body={"title": "Step"}),
    "PATCH /api/v1/tasks/{ref}/checklist/{item_id}": lambda scene: _listed(scene, {"is_done": True}),
    "DELETE /api/v1/tasks/{ref}/checklist/{item_id}": _listed,
    "POST /api/v1/tasks/{ref}/attachments": lambda scene: Request(ids=_task(scene), query={"name": "plan.txt"}),
    "DELETE /api/v1/tasks/{ref}/attachments/{attachment_id}": _attached,
    "POST /api/v1/tasks/{ref}/comments": lambda scene: Request(ids=_task(scene), body={"body": "Look."}),
    "PATCH /api/v1/comments/{comment_id}": lambda scene: Request(
        ids={"comment_id": scene.new_comment()}, body={"body": "Look again."}
    ),
    "DELETE /api/v1/comments/{comment_id}": lambda scene: Request(ids={"comment_id": scene.new_comment()}),
    "PUT /api/v1/comments/{comment_id}/reactions/{emoji}": lambda scene: Request(
        ids={"comment_id": scene.new_comment(), "emoji": THUMB}
    ),
    "DELETE /api/v1/comments/{comment_id}/reactions/{emoji}": _reacted,
    "POST /api/v1/changes/{change_id}/revert": lambda scene: Request(ids={"change_id": _changed(scene)[0]}),
    "POST /api/v1/changes/revert": lambda scene: Request(body=_changed(scene)[1]),
    "POST /api/v1/tasks/{ref}/time-entries": lambda scene: Request(ids=_task(scene), body=SPENT),
    "PATCH /api/v1/tasks/{ref}/time-entries/{entry_id}": lambda scene: _spent(scene, {"seconds": 60}),
    "DELETE /api/v1/tasks/{ref}/time-entries/{entry_id}": _spent,
    "POST /api/v1/timers/start": _measuring,
    "POST /api/v1/timers/stop": _measured,
    "POST /api/v1/tasks/{ref}/reminders": lambda scene: Request(ids=_task(scene), body=_tomorrow()),
    "DELETE /api/v1/tasks/{ref}/reminders/{reminder_id}": _reminded,
    "POST /api/v1/tasks/{ref}/duplicate": lambda scene: Request(ids=_task(scene)),
    "POST /api/v1/recurrences": lambda scene: Request(body={"project_id": scene.project, **_watering()}),
    "PATCH /api/v1/recurrences/{recurrence_id}": lambda scene: _recurring(scene, {"rule": "FREQ=DAILY"}),
    "DELETE /api/v1/recurrences/{recurrence_id}": _recurring,
    "POST /api/v1/recurrences/{recurrence_id}/pause": _recurring,
    "POST /api/v1/recurrences/{recurrence_id}/resume": lambda scene: _recurring(scene, turn="pause"),
    "POST /api/v1/views": lambda _: Request(body={"name": "Mine"}),
    "PATCH /api/v1/views/{view_id}": lambda scene: Request(ids=_view(scene), body={"name": "Yours"}),
    "DELETE /api/v1/views/{view_id}": lambda scene: Request(ids=_view(scene)),
    "POST /api/v1/exports": lambda scene: Request(body={"workspace_id": scene.workspace}),
    "POST /api/v1/imports": lambda scene: Request(
        body={"project_id": scene.project, "content": f"key,title\n{uuid4().hex},Work\n"}
    ),
    "POST /api/v1/tasks/batch": lambda scene: Request(
        body={"operations": [{"op": "delete", "task_id": scene.new_task()}]}
    ),
    "POST /api/v1/tasks/{ref}/grants": lambda scene: Request(ids=_task(scene), body={"user_id": scene.new_member()}),
    "PATCH /api/v1/tasks/{ref}/grants/{subject_id}": lambda scene: _shared(scene, {"level": "comment"}),
    "DELETE /api/v1/tasks/{ref}/grants/{subject_id}": _shared,
    "POST /api/v1/tasks/bulk": lambda scene: Request(body=_bulk(scene)),
    "POST /api/v1/jobs/{job_id}/cancel": _delayed,
    "PUT /api/v1/tasks/{ref}/watch": lambda scene: Request(ids=_task(scene)),
    "DELETE /api/v1/tasks/{ref}/watch": lambda scene: Request(ids=_task(scene), by=scene.bob),
}
SILENT: Silent = {}
