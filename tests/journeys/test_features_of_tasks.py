"""What can be done with tasks, each told once as somebody would use it. `docs/features.md` is the list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.journeys.people import Someone
from tests.journeys.stream import Stream
from tests.journeys.waiting import wait_until

NewPerson = Callable[[str], Someone]


def new_task(person: Someone, project_id: str, title: str, **fields: object) -> str:
    """The id of a new task."""
    made: str = person.post("/tasks", {"project_id": project_id, "title": title, **fields})["id"]
    return made


def test_tasks_have_parts_and_wait_for_each_other_but_never_for_themselves(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    house = new_task(ann, project_id, "House")
    roof = new_task(ann, project_id, "Roof", parent_id=house)
    wall = new_task(ann, project_id, "Wall", parent_id=house)
    ann.post(f"/tasks/{wall}/relations", {"kind": "blocks", "target_id": roof})

    assert [task["id"] for task in ann.get(f"/tasks/{house}/children")["items"]] == [roof, wall]
    assert [(one["kind"], one["target_id"]) for one in ann.get(f"/tasks/{roof}/relations")["items"]] == [
        ("blocked_by", wall)
    ]
    around = ann.post(f"/tasks/{roof}/relations", {"kind": "blocks", "target_id": wall}, status=409)
    assert (around["code"], around["detail"][-21:]) == ("circular_tasks", "OPS-2 → OPS-3 → OPS-2")
    assert ann.patch(f"/tasks/{house}", {"parent_id": roof}, status=409)["code"] == "circular_tasks"
    assert ann.post(f"/tasks/{house}/transition", {"status": "done"}, status=409)["code"] == "open_subtasks"


def test_one_is_reminded_and_notes_the_time_that_it_took(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    task_id = new_task(ann, project_id, "Mend the roof")
    with Stream(ann) as stream:
        ann.post(f"/tasks/{task_id}/reminders", {"remind_at": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()})
        event = stream.wait_for("notification.created.v1", 20)
    assert (event["data"]["reason"], event["data"]["task_id"]) == ("reminder", task_id)

    ann.post(f"/tasks/{task_id}/time-entries", {"started_at": "2026-11-01T08:00:00Z", "seconds": 600})
    ann.post("/timers/start", {"task_id": task_id})
    assert ann.post("/timers/start", {"task_id": task_id}, status=409)["code"] == "timer_running"
    measured = ann.post("/timers/stop", status=200)["seconds"]
    assert ann.get(f"/tasks/{task_id}/time-entries/totals")["seconds"] == 600 + measured


def test_a_discussion_has_threads_and_reactions(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace_id = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace_id}/members", {"email": bob.email, "role": "member"})
    path = f"/tasks/{new_task(ann, ann.project(workspace_id)['id'], 'Mend the roof')}/comments"
    comment = ann.post(path, {"body": f"@{bob.id}, which tiles?"})
    answer = bob.post(path, {"body": "The red ones.", "reply_to": comment["id"]})
    ann.post(path, {"body": "By the way"})

    assert ann.client.put(f"/api/v1/comments/{answer['id']}/reactions/👍").is_success
    assert [one["id"] for one in ann.get(path, reply_to=comment["id"])["items"]] == [answer["id"]]
    reactions = bob.get(f"/comments/{answer['id']}/reactions")["items"]
    assert [(one["emoji"], one["person_id"]) for one in reactions] == [("👍", ann.id)]


def test_what_happened_to_a_task_is_told_and_undone(someone: NewPerson) -> None:
    ann = someone("Ann")
    task_id = new_task(ann, ann.project(ann.workspace()["id"])["id"], "Mend the roof")
    before = ann.get(f"/tasks/{task_id}")
    ann.patch(f"/tasks/{task_id}", {"title": "Burn the roof", "priority": "high"})

    change, first = ann.get(f"/tasks/{task_id}/activity")["items"]
    assert change["changes"]["title"] == {"from": "Mend the roof", "to": "Burn the roof"}
    assert (first["type"], first["actor_id"]) == ("task.created.v1", ann.id)
    assert ann.get(f"/tasks/{task_id}", as_of=before["updated_at"]) == before
    undone = ann.post(f"/changes/{change['id']}/revert", status=200)
    assert (undone["title"], undone["priority"], undone["version"]) == ("Mend the roof", "none", 3)
    assert ann.get(f"/tasks/{task_id}/activity")["items"][0]["origin"] == "revert"


def test_tasks_are_found_by_a_query_and_by_their_words(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    roof = new_task(ann, project_id, "Mend the roof", priority="high", assignee_ids=[ann.id], due_on="2020-01-01")
    wall = new_task(ann, project_id, "Paint the wall", description="Not the roof", priority="urgent")
    new_task(ann, project_id, "Feed the cat")

    overdue = "assignee = me and due < today or priority = urgent order by priority desc"
    assert [task["id"] for task in ann.get("/tasks", filter=overdue, project_id=project_id)["items"]] == [wall, roof]
    found = ann.get("/search", q="roof", project_id=project_id)["items"]
    assert [(one["task_id"], "<mark>" in one["highlight"]) for one in found] == [(roof, True), (wall, True)]
    misspelt = ann.get("/search", q="mned rofo", project_id=project_id)["items"]
    assert [one["task_id"] for one in misspelt] == [roof]


def test_many_tasks_are_changed_at_once_or_not_at_all(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    roof, wall = (new_task(ann, project_id, title) for title in ("Roof", "Wall"))
    closed: list[dict[str, object]] = [
        {"op": "update", "task_id": one, "patch": {"status": "done"}} for one in (roof, wall)
    ]
    refused = [*closed, {"op": "delete", "task_id": roof, "version": 7}]

    ann.post("/tasks/batch", {"operations": refused}, status=412)
    assert {task["status"] for task in ann.get("/tasks", project_id=project_id)["items"]} == {"todo"}
    made = {"op": "create", "task": {"project_id": project_id, "title": "Door"}}
    results = ann.post("/tasks/batch", {"operations": [*closed, made]}, status=200)["results"]
    assert [one["status"] for one in results] == [200, 200, 201]
    assert {task["status"] for task in ann.get("/tasks", project_id=project_id)["items"]} == {"todo", "done"}


def test_a_task_recurs_on_the_last_day_of_each_month_and_begins_by_itself(someone: NewPerson) -> None:
    ann = someone("Ann")
    project_id = ann.project(ann.workspace()["id"])["id"]
    monthly = {"project_id": project_id, "rule": "FREQ=MONTHLY", "starts_on": "2028-01-31", "task": {"title": "Rent"}}
    recurrence_id = ann.post("/recurrences", monthly)["id"]
    days = [item["on"] for item in ann.get(f"/recurrences/{recurrence_id}/days", limit=4)["items"]]
    assert days == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]

    now = datetime.now(UTC)
    where_it_is_noon = f"Etc/GMT{now.hour - 12:+d}"  # no day ends there while this runs
    today = (now + timedelta(hours=12 - now.hour)).date()
    once = {
        **monthly,
        "rule": "FREQ=DAILY;COUNT=1",
        "starts_on": today.isoformat(),
        "task": {"title": "Sweep", "due_in_days": 1},
    }
    ann.post("/recurrences", {**once, "time_zone": where_it_is_noon})
    [task] = wait_until(lambda: ann.get("/tasks", project_id=project_id)["items"])
    assert (task["title"], task["due_on"]) == ("Sweep", (today + timedelta(days=1)).isoformat())
