"""What a client keeps of what it sees: loaded from lists, kept true by events alone, as docs/streams.md tells."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.journeys.people import Someone

Thing = dict[str, Any]
GONE = frozenset({"deleted", "told", "removed", "withdrawn", "accepted", "revoked", "departed"})
OF_A_TASK = (
    "comment",
    "watch",
    "reminder",
    "relation",
    "checklist_item",
    "reaction",
    "time_entry",
    "attachment",
    "grant",
    "shared_task",
)
ARRANGED = (
    "project_member",
    "state",
    "workflow",
    "label",
    "field",
    "milestone",
    "iteration",
    "template",
    "recurrence",
    "view",
)
KINDS = (
    *("person", "session", "workspace", "member", "role", "service_account", "invitation", "team", "team_member"),
    *("project", *ARRANGED, "webhook"),
    *("task", "notification", "mute", "notification_preferences"),
    *OF_A_TASK,
)
NAMED_BY = {"watch": "task_id", "mute": "subject_id"}
"""What a thing is about, where lists do not say its id."""
WHOLE = ("/states", "/fields", "/reminders", "/roles")
"""Lists that have no pages."""
ONLY_ONE = frozenset({"notification_preferences"})
INSIDE = {
    "workspace": KINDS[3:],
    "project": (*ARRANGED, "task", "notification", *OF_A_TASK),
    "team": ("team_member",),
    "task": OF_A_TASK,
    "comment": ("reaction",),
}


class Replica:
    """Everything one person sees, by kind and id."""

    def __init__(self, person: Someone) -> None:
        self._person = person
        self.place = "0"
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in KINDS}

    def load(self) -> None:
        """Read everything, while others go on changing it; the place is that of the first answer."""
        me = self._person.client.get("/api/v1/me")
        self.place = me.headers["Taskyard-Position"]
        self._keep("person", [me.json()])
        self._keep("session", self._list("/sessions"))
        self._keep("notification", self._notifications())
        self._keep("view", [view for view in self._list("/views") if view["project_id"] is None])
        self._keep("mute", self._list("/notification-preferences/mutes"))
        self._keep("notification_preferences", [self._person.get("/notification-preferences")])
        self._keep("shared_task", [_shared(task) for task in self._list("/tasks/shared")])
        for workspace in self._keep("workspace", self._list("/workspaces")):
            path = f"/workspaces/{workspace['id']}"
            members = self._list(f"{path}/members")
            self._keep("member", [{**member, "name": None, "email": None} for member in members])  # no event has them
            roles = self._list(f"{path}/roles")
            self._keep("role", [role for role in roles if not role["is_built_in"]])  # no event has the others
            self._keep("service_account", self._list(f"{path}/service-accounts"))
            self._keep("invitation", self._list(f"{path}/invitations"))
            self._keep("webhook", self._list("/webhooks", workspace_id=workspace["id"]))
            for team in self._keep("team", self._list(f"{path}/teams")):
                self._keep("team_member", self._list(f"/teams/{team['id']}/members"))
        for project in self._keep("project", self._list("/projects")):
            self._load_project(project["id"])

    def apply(self, kind: str, event: Thing) -> None:
        """Take one event of the stream in."""
        noun, verb, _ = kind.split(".")
        if kind == "access.lost.v1":
            container = "workspace" if event["data"]["project_id"] is None else "project"
            self.things[container].pop(event["data"][f"{container}_id"], None)
        elif verb in GONE:
            self.things[noun].pop(name_of(noun, event["data"]), None)
        else:
            self._keep(noun, [event["data"]])
        if kind == "project.restored.v1":
            self._load_project(event["resource_id"])
            self._keep("notification", self._notifications())
        elif kind in {"task.restored.v1", "task.arrived.v1"}:
            for relation in self._load_task(event["resource_id"]):
                self._load_relations(relation["target_id"])

    def seen(self) -> dict[str, dict[str, Thing]]:
        """What it shows: nothing whose container is gone."""
        shown = {kind: dict(things) for kind, things in self.things.items()}
        for kind, inside in INSIDE.items():
            for inner in inside:
                field = f"{kind}_id"
                shown[inner] = {
                    name: thing for name, thing in shown[inner].items() if thing.get(field) in {None, *shown[kind]}
                }
        tasks = shown["task"]
        shown["relation"] = {name: thing for name, thing in shown["relation"].items() if thing["target_id"] in tasks}
        return shown

    def _load_project(self, project_id: str) -> None:
        self._keep("project_member", self._list(f"/projects/{project_id}/members"))
        self._keep("state", self._list(f"/projects/{project_id}/states"))
        self._keep("view", self._list("/views", project_id=project_id))
        self._keep("recurrence", self._list("/recurrences", project_id=project_id))
        self._keep("template", self._list(f"/projects/{project_id}/templates"))
        self._keep("milestone", self._list(f"/projects/{project_id}/milestones"))
        self._keep("iteration", self._list(f"/projects/{project_id}/iterations"))
        self._keep("label", self._list(f"/projects/{project_id}/labels"))
        self._keep("field", self._list(f"/projects/{project_id}/fields"))
        self._keep("workflow", self._one(f"/projects/{project_id}/workflow"))
        archived_too = "archived in (true, false)"
        for task in self._keep("task", self._list("/tasks", project_id=project_id, filter=archived_too)):
            self._load_task(task["id"])

    def _load_task(self, task_id: str) -> list[Thing]:
        """Read what hangs on a task; its relations."""
        for comment in self._keep("comment", self._list(f"/tasks/{task_id}/comments")):
            self._keep("reaction", self._list(f"/comments/{comment['id']}/reactions"))
        self._keep("time_entry", self._list(f"/tasks/{task_id}/time-entries"))
        self._keep("attachment", self._list(f"/tasks/{task_id}/attachments"))
        self._keep("grant", self._list(f"/tasks/{task_id}/grants"))
        self._keep("checklist_item", self._list(f"/tasks/{task_id}/checklist"))
        self._keep("reminder", self._list(f"/tasks/{task_id}/reminders"))
        return self._load_relations(task_id)

    def _load_relations(self, task_id: str) -> list[Thing]:
        """Their other ends are tasks, and known as such."""
        relations = self._list(f"/tasks/{task_id}/relations")
        return self._keep("relation", [{**relation, "target": None} for relation in relations])

    def load_watches(self) -> None:
        """Whether the person watches each task; no event says so where it follows from another change."""
        self._keep("watch", [self._person.get(f"/tasks/{name}/watch") for name in self.seen()["task"]])

    def _notifications(self) -> list[Thing]:
        return [
            one for folder in ("inbox", "snoozed", "archived") for one in self._list("/notifications", folder=folder)
        ]

    def _keep(self, kind: str, things: list[Thing]) -> list[Thing]:
        self.things[kind] |= {name_of(kind, thing): thing for thing in things}
        return things

    def _one(self, path: str) -> list[Thing]:
        """One thing; nothing where it went away meanwhile."""
        answer = self._person.client.get(f"/api/v1{path}")
        return [] if answer.status_code == httpx.codes.NOT_FOUND else [answer.json()]

    def _list(self, path: str, **query: Any) -> list[Thing]:
        """All items of a list; nothing where it went away meanwhile."""
        items: list[Thing] = []
        cursor: str | None = None
        while True:
            asked = {"limit": 200, **query} | ({"cursor": cursor} if cursor else {})
            if path == "/sessions" or path.endswith(WHOLE):
                asked = {}
            answer = self._person.client.get(f"/api/v1{path}", params=asked)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return items
            assert answer.status_code == httpx.codes.OK, f"{path}: {answer.text}"
            assert answer.headers["Taskyard-Position"]
            items += answer.json()["items"]
            cursor = answer.json().get("next_cursor")
            if cursor is None:
                return items


def _shared(task: Thing) -> Thing:
    """What a list of shared tasks says of their being shared, apart from the task."""
    return {"id": task["grant_id"], "task_id": task["id"], "level": task["level"], "created_at": task["shared_at"]}


def name_of(kind: str, thing: Thing) -> str:
    """Under what name a thing is kept; a relation is told from either of its ends."""
    if kind == "relation":
        return f"{thing['id']} at {thing['task_id']}"
    return kind if kind in ONLY_ONE else str(thing[NAMED_BY.get(kind, "id")])


def differences(kept: dict[str, dict[str, Thing]], read: dict[str, dict[str, Thing]]) -> Iterator[str]:
    """Where a replica differs from what is read; fields that only one of them has say nothing."""
    for kind in KINDS:
        for name in (kept[kind].keys() ^ read[kind].keys()) if kind != "watch" else ():
            yield f"{kind} {name} is {'kept' if name in kept[kind] else 'missing'}"
        for name in kept[kind].keys() & read[kind].keys():
            mine, theirs = kept[kind][name], read[kind][name]
            for field in mine.keys() & theirs.keys():
                if mine[field] != theirs[field]:
                    yield f"{kind} {name}: {field} is {mine[field]!r} instead of {theirs[field]!r}"
