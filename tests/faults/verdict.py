"""What all drills under load end with: every checker over what was acknowledged, what is there and what was told."""

import json
import time
from typing import Any

from tests.faults.checkers import (
    Present,
    list_chain_breaks,
    list_leaks,
    list_lost,
    list_other_effects,
    list_stale_reads,
    list_version_breaks,
)
from tests.faults.continuity import list_breaks
from tests.faults.load import Load
from tests.journeys.people import Someone
from tests.journeys.stream import Stream

Thing = dict[str, Any]
SETTLED_SECONDS = 60.0


class Scene:
    """Ann writes, Bob is told of it, and Eve, in a workspace of her own, must see nothing."""

    def __init__(self, ann: Someone, bob: Someone, eve: Someone) -> None:
        self.ann, self.bob, self.eve = ann, bob, eve
        self.workspace: str = ann.workspace()["id"]
        ann.post(f"/workspaces/{self.workspace}/members", {"email": bob.email, "role": "member"})
        self.project: str = ann.project(self.workspace)["id"]
        self.canary: str = eve.project(eve.workspace()["id"], "EVE")["id"]
        self.start: str = ann.client.get("/api/v1/events").headers["Taskyard-Position"]

    def sign_in(self) -> None:
        """Sign everybody in again: a drill may take longer than an access token lasts."""
        for person in (self.ann, self.bob, self.eve):
            person.sign_in()

    def judge(self, load: Load, streams: list[Stream]) -> list[str]:
        """Every fault of a drill. ``streams`` are Ann's, one after the other, resumed where the one before ended."""
        self._settle(load)
        tasks = pages(self.ann, "/tasks", project_id=self.project)
        present = {task["id"]: Present(task["id"], task["version"], task["title"]) for task in tasks}
        events = log_of(self.ann, self.start, project_id=self.project)
        history = [(event["resource_id"], event["version"]) for event in events if event["type"].startswith("task.")]
        made = [(task["description"], task["id"]) for task in tasks]
        told = [(one["task_id"], one["id"]) for one in everything_told(self.bob)]
        return [
            *load.faults,
            *list_lost(load.acknowledged, present),
            *list_other_effects(made, load.created, what="task"),
            *list_other_effects(told, load.created.values(), what="notification"),
            *list_version_breaks(history, present),
            *list_stale_reads(load.reads),
            *self._listen_to(streams),
            *self._look_for_leaks(events),
            *self._verify_trail(),
        ]

    def _settle(self, load: Load) -> None:
        """Wait until everything has its place in the log and was told; what never comes is for the checkers."""
        deadline, wanted = time.monotonic() + SETTLED_SECONDS, (len(load.acknowledged), len(load.created))
        while time.monotonic() < deadline and any(map(int.__lt__, self._counts(), wanted)):
            time.sleep(0.5)

    def _counts(self) -> tuple[int, int]:
        events = log_of(self.ann, self.start, project_id=self.project)
        of_tasks = sum(event["type"].startswith("task.") for event in events)
        return of_tasks, len(everything_told(self.bob))

    def _listen_to(self, streams: list[Stream]) -> list[str]:
        """What the streams told beside what the log has for their reader; a stream that waits is heard out."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while streams and self._logged()[-1:] != _places(streams)[-1:] and time.monotonic() < deadline:
            time.sleep(0.2)
        return list_breaks(_places(streams), self._logged()) if streams else []

    def _logged(self) -> list[str]:
        return [str(event["position"]) for event in log_of(self.ann, self.start)]

    def _verify_trail(self) -> list[str]:
        """That of Ann's workspace: every hash of it, and its entries without a hole."""
        numbers = sorted(int(entry["number"]) for entry in pages(self.ann, "/audit", workspace_id=self.workspace))
        proof = self.ann.get("/audit/verify", workspace_id=self.workspace)
        return list_chain_breaks(numbers, None if proof["is_intact"] else proof["broken_at"])

    def _look_for_leaks(self, events: list[Thing]) -> list[str]:
        shown = {"Ann": json.dumps(events), "Eve": json.dumps(log_of(self.eve, "0"))}
        return list_leaks(shown, {"Ann": self.project, "Eve": self.canary})


def _places(streams: list[Stream]) -> list[str]:
    return [place.rpartition(":")[2] for stream in streams for place, _, _ in stream.events if place]


def everything_told(person: Someone) -> list[Thing]:
    """All notifications of a person."""
    return pages(person, "/notifications")


def log_of(person: Someone, after: str, **query: Any) -> list[Thing]:
    """The events that a person sees after a place, in their order."""
    items: list[Thing] = []
    place: str | None = after
    while place is not None:
        page = person.get("/events", after=place, limit=200, **query)
        items, place = items + page["items"], page["next_cursor"]
    return items


def pages(person: Someone, path: str, **query: Any) -> list[Thing]:
    """All items of a list."""
    items: list[Thing] = []
    asked = {"limit": 200, **query}
    while True:
        page = person.client.get(f"/api/v1{path}", params=asked).raise_for_status().json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        asked["cursor"] = page["next_cursor"]
