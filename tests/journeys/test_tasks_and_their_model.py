"""Tasks do what a plain model of them does, whatever people do to them in whatever order.

``MODEL_STEPS=10000 pytest tests/journeys/test_tasks_and_their_model.py`` takes more steps, and other ones every time,
and makes a story that goes wrong as short as it can be.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.journeys.people import Someone
from tests.journeys.task_model import Model, ModelTask, Past, RefusedError

STEPS = int(os.environ.get("MODEL_STEPS", "0"))
OF_ONE_STORY = 60
telling = settings(
    max_examples=(STEPS or 600) // OF_ONE_STORY,
    stateful_step_count=OF_ONE_STORY,
    derandomize=not STEPS,
    phases=(Phase.generate, Phase.shrink) if STEPS else (Phase.generate,),
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
one = st.sampled_from(range(12))
"""Which of the tasks, by its place; beyond the last it begins anew."""
statuses = st.sampled_from(["todo", "in_progress", "done", "cancelled"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Mend", "Paint", "Move"]),
        "priority": st.sampled_from(["none", "low", "high"]),
        "status": statuses,
        "parent_id": one | st.none(),
    },
)


class Story(RuleBasedStateMachine):
    """What one person does to the tasks of a project, step by step."""

    person: ClassVar[Someone]
    workspace_id: ClassVar[str]
    keys: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.ids: list[str] = []
        self.ties: list[tuple[str, str, str, str]] = []
        """Relations, with their ids."""
        self.told: list[tuple[str, Past | None]] = []
        """The id of each request that changed something, or could have, and what it changed."""
        self.project_id = self.person.project(self.workspace_id, key=f"M{next(self.keys)}")["id"]

    @initialize(parents=st.lists(st.none() | one, min_size=5, max_size=5))
    def begin(self, parents: list[int | None]) -> None:
        for parent in [None, *parents]:
            self.create({"parent_id": parent}, "todo")

    @rule(given=fields, status=statuses)
    def create(self, given: dict[str, Any], status: str) -> None:
        body = self._named({"title": "Mend", "priority": "none", "status": status, "parent_id": None} | given)
        answer = self._send("POST", "/tasks", {"project_id": self.project_id, **body})
        if self._is_refused(answer, lambda: self.model.check_new(body["parent_id"])):
            return
        task = ModelTask(answer.json()["id"], **body)
        self.ids.append(task.id)
        self._remember(answer, self.model.add(task))

    @rule(which=one, given=fields)
    def update(self, which: int, given: dict[str, Any]) -> None:
        task_id, body = self._id(which), self._named(given)
        self._compare(self._send("PATCH", f"/tasks/{task_id}", body), lambda: self.model.update(task_id, body))

    @rule(which=one, status=statuses)
    def move(self, which: int, status: str) -> None:
        task_id, body = self._id(which), {"status": status}
        answer = self._send("POST", f"/tasks/{task_id}/transition", body)
        self._compare(answer, lambda: self.model.update(task_id, body))

    @precondition(lambda self: any(task.parent_id for task in self.model.tasks.values()))
    @rule(which=one, status=st.sampled_from(["todo", "done"]))
    def move_a_whole(self, which: int, status: str) -> None:
        wholes = [task.parent_id for task in self.model.tasks.values() if task.parent_id]
        self.move(self.ids.index(wholes[which % len(wholes)]), status)

    @rule(which=one)
    def delete(self, which: int) -> None:
        task_id = self._id(which)
        self._compare(self._send("DELETE", f"/tasks/{task_id}"), lambda: self.model.delete(task_id))

    @precondition(lambda self: any(task.is_deleted for task in self.model.tasks.values()))
    @rule(which=one)
    def restore(self, which: int) -> None:
        deleted = [task.id for task in self.model.tasks.values() if task.is_deleted]
        task_id = deleted[which % len(deleted)]
        self._compare(self._send("POST", f"/tasks/{task_id}/restore"), lambda: self.model.restore(task_id))

    @rule(which=one)
    def restore_any(self, which: int) -> None:
        task_id = self._id(which)
        self._compare(self._send("POST", f"/tasks/{task_id}/restore"), lambda: self.model.restore(task_id))

    @rule(which=one, archived=st.booleans())
    def archive(self, which: int, *, archived: bool) -> None:
        task_id, verb = self._id(which), "archive" if archived else "unarchive"
        answer = self._send("POST", f"/tasks/{task_id}/{verb}")
        self._compare(answer, lambda: self.model.set_archived(task_id, archived=archived))

    @rule(which=one, kind=st.sampled_from(["blocks", "blocked_by", "relates_to", "duplicates"]), other=one)
    def relate(self, which: int, kind: str, other: int) -> None:
        task_id, target_id = self._id(which), self._id(other)
        answer = self._send("POST", f"/tasks/{task_id}/relations", {"kind": kind, "target_id": target_id})
        if not self._is_refused(answer, lambda: self.model.relate(task_id, kind, target_id)):
            self.ties.append((answer.json()["id"], task_id, kind, target_id))

    @precondition(lambda self: self.ties)
    @rule(which=one)
    def unrelate(self, which: int) -> None:
        tie = self.ties[which % len(self.ties)]
        answer = self._send("DELETE", f"/tasks/{tie[1]}/relations/{tie[0]}")
        if not self._is_refused(answer, lambda: self.model.unrelate(*tie[1:])):
            self.ties.remove(tie)

    @rule(back=st.integers(1, 8))
    def revert(self, back: int) -> None:
        request_id, past = self.told[-min(back, len(self.told))]
        answer = self._send("POST", "/changes/revert", {"request_id": request_id})
        self._compare(answer, lambda: self.model.undo(past))

    @precondition(lambda self: any(not task.is_deleted for task in self.model.tasks.values()))
    @rule(which=one, back=st.integers(0, 3))
    def revert_one(self, which: int, back: int) -> None:
        live = [task.id for task in self.model.tasks.values() if not task.is_deleted]
        task_id = live[which % len(live)]
        done = [item for item in self._get(f"/tasks/{task_id}/activity") if item["type"].startswith("task.")]
        past = list(reversed(self.model.history[task_id]))
        assert [item["type"] for item in done] == [f"task.{one.kind}.v1" for one in past][:50]
        back = min(back, len(done) - 1)
        self._compare(self._send("POST", f"/changes/{done[back]['id']}/revert"), lambda: self.model.undo(past[back]))

    def teardown(self) -> None:
        """At the end everything hangs together as in the model."""
        for task in self.model.tasks.values():
            if not task.is_deleted:
                relations = {(item["kind"], item["target_id"]) for item in self._get(f"/tasks/{task.id}/relations")}
                assert relations == self.model.related_to(task.id)
                parts = {item["id"] for item in self._get(f"/tasks/{task.id}/children")}
                assert parts == self.model.parts_of(task.id)

    def _compare(self, answer: httpx.Response, act: Callable[[], Past | None]) -> None:
        """Do in the model what was done, and see that both have the same tasks then."""
        made: list[Past | None] = []
        if not self._is_refused(answer, lambda: made.append(act())):
            self._remember(answer, made[0])

    def _is_refused(self, answer: httpx.Response, act: Callable[[], object]) -> bool:
        """Whether both refuse it; they do so in the same words."""
        refusal = self._refusal_of(act)
        if refusal is None:
            assert answer.is_success, answer.text
            return False
        assert (answer.status_code, answer.json().get("code")) == refusal, answer.text
        return True

    def _refusal_of(self, act: Callable[[], object]) -> tuple[int, str] | None:
        try:
            act()
        except RefusedError as refusal:
            return refusal.answer
        return None

    def _remember(self, answer: httpx.Response, past: Past | None) -> None:
        self.told.append((answer.headers["x-request-id"], past))
        everything = sorted((task for task in self.model.tasks.values()), key=lambda task: task.id)
        live = [task.shown() for task in everything if not task.is_deleted and not task.is_archived]
        assert self._shown(self._get("/tasks", project_id=self.project_id, limit=100)) == live
        archived = [task.shown() for task in everything if not task.is_deleted and task.is_archived]
        asked = {"project_id": self.project_id, "filter": "archived = true", "limit": 100}
        assert self._shown(self._get("/tasks", **asked)) == archived
        trash = [task.shown() for task in everything if task.is_deleted]
        assert self._shown(self._get("/trash", project_id=self.project_id, limit=100)) == trash

    def _shown(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = ("id", "title", "priority", "status", "parent_id", "version")
        shown = [
            {name: item[name] for name in names}
            | {f"is_{word}": item[f"{word}_at"] is not None for word in ("completed", "archived")}
            for item in items
        ]
        return sorted(shown, key=lambda item: str(item["id"]))

    def _named(self, given: dict[str, Any]) -> dict[str, Any]:
        """With the id of the parent instead of its place; no task has one while there is none."""
        place = given.get("parent_id")
        return given if place is None or not self.ids else {**given, "parent_id": self._id(place)}

    def _id(self, place: int) -> str:
        return self.ids[place % len(self.ids)]

    def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.person.client.request(method, f"/api/v1{path}", json=body)

    def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.person.get(path, **query)["items"]
        return items


def test_tasks_do_what_their_model_does(someone: Callable[[str], Someone]) -> None:
    ann = someone("Ann")

    class StoryOfAnn(Story):
        person, workspace_id, keys = ann, ann.workspace()["id"], count(1)

    run_state_machine_as_test(StoryOfAnn, settings=telling)
