"""A life that makes every type of event, in an order that chance chooses."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from tests.journeys.people import PASSWORD, Someone

Thing = dict[str, Any]


class Happenings:
    """What Ann does, and what Bob does to her, each step whenever chance wants it."""

    def __init__(self, people: list[Someone], register: Callable[[str], Someone], seed: int) -> None:
        self._ann, self._bob, self._carl = people
        self._register = register
        self._chance = Random(seed)  # noqa: S311 - chance tells a story here
        self._workspace = self._ann.workspace()["id"]
        self._ann.post(self._members, {"email": self._bob.email, "role": "admin"})
        self._project = self._ann.project(self._workspace)["id"]
        self._tasks = [self._task(self._ann)["id"]]
        self._number = 0
        self._turns: Counter[str] = Counter()

    @property
    def steps(self) -> list[Callable[[], None]]:
        """What may happen."""
        return [
            *(self.work_on_a_task, self.trash_a_task, self.talk, self.notify, self.sign_in_elsewhere),
            *(self.move_a_member, self.invite, self.form_a_team, self.share_a_project, self.end_a_project),
            *(self.end_a_workspace, self.rename, self.tidy_up, self.tie_tasks, self.arrange_states, self.list_steps),
            *(self.arrange_fields, self.plan, self.be_reminded, self.shape_a_role, self.spend_time),
            *(self.send_changes_out, self.recur, self.attach, self.keep_a_list),
        ]

    def happen(self, count: int) -> None:
        """Every step once, and then as many as wanted, in a random order."""
        steps = self.steps * (1 + count // len(self.steps))
        self._chance.shuffle(steps)
        for step in steps:
            step()

    def work_on_a_task(self) -> None:
        self._tasks.append(self._task(self._bob)["id"])
        task = self._chance.choice(self._tasks)
        self._ann.patch(f"/tasks/{task}", {"title": uuid4().hex, "priority": "high"})
        self._bob.post(f"/tasks/{task}/transition", {"status": self._chance.choice(["in_progress", "done"])}, 200)
        self._bob.post(f"/tasks/{task}/move", {"status": "todo", "after_id": None}, 200)

    def trash_a_task(self) -> None:
        task = self._task(self._ann)["id"]
        self._ann.post(f"/tasks/{task}/comments", {"body": "Said before"})
        self._ann.delete(f"/tasks/{task}")
        if self._both_ways("restore a task"):
            self._ann.post(f"/tasks/{task}/restore", status=200)

    def tie_tasks(self) -> None:
        task, part = self._task(self._ann)["id"], self._chance.choice(self._tasks)
        relations = f"/tasks/{task}/relations"
        relation = self._ann.post(relations, {"kind": "blocks", "target_id": part})["id"]
        self._ann.patch(f"/tasks/{task}", {"parent_id": self._task(self._bob)["id"]})
        if self._both_ways("untie tasks"):
            self._ann.delete(f"{relations}/{relation}")

    def spend_time(self) -> None:
        task = self._chance.choice(self._tasks)
        entries = f"/tasks/{task}/time-entries"
        told = self._bob.post(entries, {"started_at": "2026-11-01T08:00:00Z", "seconds": 60})["id"]
        self._bob.patch(f"{entries}/{told}", {"seconds": 90})
        self._ann.post("/timers/start", {"task_id": task})
        self._ann.post("/timers/stop", status=200)
        if self._both_ways("take time out"):
            self._bob.delete(f"{entries}/{told}")

    def attach(self) -> None:
        made = self._bob.attach(self._chance.choice(self._tasks), f"{uuid4().hex}.txt", b"A plan")
        if self._both_ways("take a file off"):
            self._ann.delete(f"/tasks/{made['task_id']}/attachments/{made['id']}")

    def list_steps(self) -> None:
        steps = f"/tasks/{self._chance.choice(self._tasks)}/checklist"
        first, second = (self._bob.post(steps, {"title": uuid4().hex})["id"] for _ in range(2))
        self._ann.patch(f"{steps}/{first}", {"is_done": True, "after_id": second})
        if self._both_ways("take a step away"):
            self._ann.delete(f"{steps}/{second}")

    def be_reminded(self) -> None:
        task, now = self._task(self._ann)["id"], datetime.now(UTC)
        place = self._ann.client.get("/api/v1/events").headers["Taskyard-Position"]
        for seconds in (1, 86_400, 172_800):
            body = {"remind_at": (now + timedelta(seconds=seconds)).isoformat()}
            reminder = self._ann.post(f"/tasks/{task}/reminders", body)["id"]
        if self._both_ways("take a reminder back"):
            self._ann.delete(f"/tasks/{task}/reminders/{reminder}")
        self._wait_for(place, "notification.created.v1", lambda event: event["data"]["task_id"] == task)

    def _wait_for(self, place: str, kind: str, is_it: Callable[[Thing], bool]) -> None:
        """Wait for what nobody does at that moment."""
        for _ in range(200):
            told = self._ann.get("/events", after=place, type=kind, limit=200)["items"]
            if any(map(is_it, told)):
                return
            time.sleep(0.1)
        raise AssertionError(f"{kind} never came")

    def talk(self) -> None:
        task = self._chance.choice(self._tasks)
        comment = self._bob.post(f"/tasks/{task}/comments", {"body": f"@{self._ann.id} look"})["id"]
        self._bob.patch(f"/comments/{comment}", {"body": "Look again"})
        reactions = f"/api/v1/comments/{comment}/reactions"
        for emoji in ("👍", "🚀"):
            self._ann.client.put(f"{reactions}/{emoji}").raise_for_status()
        self._ann.client.delete(f"{reactions}/🚀").raise_for_status()
        self._ann.post(f"/tasks/{task}/comments", {"body": "Done", "reply_to": comment})
        if self._both_ways("delete a comment"):
            self._bob.delete(f"/comments/{comment}")

    def notify(self) -> None:
        self._task(self._bob, assignee_ids=[self._ann.id])
        waiting = self._ann.get("/notifications", unread="true")["items"]
        if waiting:
            self._ann.post(f"/notifications/{self._chance.choice(waiting)['id']}/read", status=200)

    def sign_in_elsewhere(self) -> None:
        body = {"email": self._ann.email, "password": PASSWORD}
        before = {session["id"] for session in self._ann.get("/sessions")["items"]}
        self._ann.post("/auth/login", body, 200)
        new = [session["id"] for session in self._ann.get("/sessions")["items"] if session["id"] not in before]
        if self._both_ways("end a session"):
            self._ann.delete(f"/sessions/{new[0]}")

    def move_a_member(self) -> None:
        self._ann.post(self._members, {"email": self._carl.email, "role": "member"})
        self._ann.patch(f"{self._members}/{self._carl.id}", {"role": "viewer"})
        self._ann.delete(f"{self._members}/{self._carl.id}")

    def shape_a_role(self) -> None:
        roles = f"/workspaces/{self._workspace}/roles"
        role = self._ann.post(roles, {"name": uuid4().hex, "permissions": ["project_view"]})["id"]
        self._ann.patch(f"{roles}/{role}", {"name": uuid4().hex})
        if self._both_ways("take a role away"):
            self._ann.delete(f"{roles}/{role}")

    def send_changes_out(self) -> None:
        new = {"workspace_id": self._workspace, "url": "https://receiver.invalid/hook", "events": ["team.*"]}
        hook = f"/webhooks/{self._ann.post('/webhooks', new)['id']}"
        self._ann.patch(hook, {"description": uuid4().hex})
        for verb in ("pause", "resume", "rotate-secret"):
            self._ann.post(f"{hook}/{verb}", status=200)
        if self._both_ways("send no more"):
            self._ann.delete(hook)

    def invite(self) -> None:
        for wanted in (True, False):
            email = f"guest-{uuid4().hex}@example.com"
            self._ann.post(self._members, {"email": email, "role": "member"}, 202)
            invited = self._ann.get(f"/workspaces/{self._workspace}/invitations")["items"]
            name = next(item["id"] for item in invited if item["email"] == email)
            if not wanted:
                self._ann.delete(f"/workspaces/{self._workspace}/invitations/{name}")
            elif self._both_ways("accept"):
                self._register(email).post(f"/invitations/{name}/accept")

    def form_a_team(self) -> None:
        team = self._ann.post(f"/workspaces/{self._workspace}/teams", {"name": uuid4().hex})["id"]
        self._ann.patch(f"/teams/{team}", {"name": uuid4().hex})
        self._ann.post(f"/teams/{team}/members", {"user_id": self._bob.id})
        if self._both_ways("leave a team"):
            self._ann.delete(f"/teams/{team}/members/{self._bob.id}")
        if self._both_ways("dissolve a team"):
            self._ann.delete(f"/teams/{team}")

    def share_a_project(self) -> None:
        members = f"/projects/{self._new_project()}/members"
        self._ann.post(members, {"user_id": self._bob.id, "role": "member"})
        self._ann.patch(f"{members}/{self._bob.id}", {"role": "viewer"})
        self._ann.delete(f"{members}/{self._bob.id}")

    def end_a_project(self) -> None:
        project = self._new_project()
        self._ann.post("/tasks", {"project_id": project, "title": "Inside"})
        self._ann.patch(f"/projects/{project}", {"name": uuid4().hex})
        self._ann.post(f"/projects/{project}/archive", status=200)
        self._ann.post(f"/projects/{project}/unarchive", status=200)
        self._ann.delete(f"/projects/{project}")
        if self._both_ways("restore a project"):
            self._ann.post(f"/projects/{project}/restore", status=200)

    def arrange_states(self) -> None:
        project = f"/projects/{self._new_project()}"
        state = self._ann.post(f"{project}/states", {"name": "Blocked", "category": "in_progress", "rank": 2})
        self._ann.patch(f"{project}/states/{state['id']}", {"wip_limit": 3, "rank": 1})
        ways = {"is_enforced": True, "transitions": [{"from": None, "to": "blocked"}]}
        self._ann.client.put(f"/api/v1{project}/workflow", json=ways).raise_for_status()
        if self._both_ways("give a state up"):
            self._ann.delete(f"{project}/states/{state['id']}?move_to=done")

    def arrange_fields(self) -> None:
        for noun, body in (("labels", {}), ("fields", {"key": f"f{uuid4().hex}", "kind": "number", "default": 1})):
            path = f"/projects/{self._project}/{noun}"
            part = self._ann.post(path, {"name": uuid4().hex, **body})["id"]
            if noun == "labels":
                self._task(self._bob, label_ids=[part])
            self._ann.patch(f"{path}/{part}", {"name": uuid4().hex})
            if self._both_ways(f"give {noun} up"):
                self._ann.delete(f"{path}/{part}")

    def recur(self) -> None:
        body = {"project_id": self._project, "rule": "FREQ=DAILY", "starts_on": str(datetime.now(UTC).date())}
        place = self._ann.client.get("/api/v1/events").headers["Taskyard-Position"]
        one = f"/recurrences/{self._ann.post('/recurrences', {**body, 'task': {'title': 'Water the plants'}})['id']}"
        self._wait_for(place, "recurrence.updated.v1", lambda event: event["data"]["id"] == one.rpartition("/")[2])
        self._ann.patch(one, {"rule": "FREQ=WEEKLY", "task": {"title": uuid4().hex}})
        for turn in ("pause", "resume"):
            self._ann.post(f"{one}/{turn}", status=200)
        if self._both_ways("recur no more"):
            self._ann.delete(one)

    def keep_a_list(self) -> None:
        project = {"project_id": self._project}
        for fields in ({}, project, {**project, "is_shared": True}):
            view = self._bob.post("/views", {"name": uuid4().hex, "filter": "assignee = me", **fields})["id"]
            self._bob.patch(f"/views/{view}", {"layout": "board"})
        if self._both_ways("give a view up"):
            self._bob.delete(f"/views/{view}")

    def plan(self) -> None:
        project = f"/projects/{self._new_project()}"
        template = self._ann.post(f"{project}/templates", {"name": "Report", "priority": "low"})["id"]
        self._ann.patch(f"{project}/templates/{template}", {"description": uuid4().hex})
        milestone = self._ann.post(f"{project}/milestones", {"name": "Beta"})["id"]
        self._ann.patch(f"{project}/milestones/{milestone}", {"is_closed": True})
        days = {"starts_on": "2027-01-01", "ends_on": "2027-01-14"}
        first, second = (self._ann.post(f"{project}/iterations", {"name": name, **days})["id"] for name in "ab")
        self._ann.patch(f"/iterations/{second}", {"goal": uuid4().hex})
        self._ann.post(f"/iterations/{first}/start", status=200)
        self._ann.post(f"/iterations/{first}/close", {}, 200)
        if self._both_ways("give plans up"):
            self._ann.delete(f"/iterations/{second}")
            self._ann.delete(f"{project}/milestones/{milestone}")
            self._ann.delete(f"{project}/templates/{template}")

    def end_a_workspace(self) -> None:
        workspace = self._ann.workspace()["id"]
        project = self._ann.project(workspace)["id"]
        self._ann.post("/tasks", {"project_id": project, "title": "Inside"})
        self._ann.patch(f"/workspaces/{workspace}", {"name": uuid4().hex})
        if self._both_ways("delete a workspace"):
            self._ann.delete(f"/workspaces/{workspace}")

    def tidy_up(self) -> None:
        task = self._chance.choice(self._tasks)
        self._ann.client.put(f"/api/v1/tasks/{task}/watch").raise_for_status()
        if self._both_ways("stop watching"):
            self._ann.client.delete(f"/api/v1/tasks/{task}/watch").raise_for_status()
        mute = f"/notification-preferences/mutes/tasks/{self._task(self._bob)['id']}"
        self._ann.client.put(f"/api/v1{mute}").raise_for_status()
        if self._both_ways("mute for good"):
            self._ann.delete(mute)
        digest_at = f"{self._chance.randrange(24):02}:{self._chance.randrange(60):02}"
        self._ann.patch("/notification-preferences", {"digest_at": digest_at})
        told = f"/notifications/{self._newest_notification()}"
        self._ann.post(f"{told}/archive", status=200)
        if self._both_ways("unread again"):
            self._ann.post(f"{told}/unread", status=200)

    def _newest_notification(self) -> str:
        """One that comes of a new task, as soon as there is any."""
        self._task(self._bob, assignee_ids=[self._ann.id])
        for _ in range(100):
            if waiting := self._ann.get("/notifications")["items"]:
                return str(waiting[0]["id"])
            time.sleep(0.1)
        raise AssertionError("nobody told Ann of her task")

    def rename(self) -> None:
        self._ann.patch("/me", {"name": uuid4().hex[:12]})

    def _both_ways(self, question: str) -> bool:
        """To each question the first time yes, the second time no, and then as chance wants it."""
        self._turns[question] += 1
        return self._turns[question] == 1 or (self._turns[question] > 2 and self._chance.random() < 0.5)

    @property
    def _members(self) -> str:
        return f"/workspaces/{self._workspace}/members"

    def _new_project(self) -> str:
        self._number += 1
        name: str = self._ann.project(self._workspace, f"P{self._number}X")["id"]
        return name

    def _task(self, author: Someone, **fields: Any) -> Thing:
        task: Thing = author.post("/tasks", {"project_id": self._project, "title": "Work", **fields})
        return task
