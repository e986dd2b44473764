"""Carries a plan out: one request after the other, each at its own time by a clock that was set back."""

import asyncio
import re
from datetime import datetime, timedelta

from taskyard.composition.demo.founding import Company
from taskyard.composition.demo.steps import Fields, Plan, Step, Verb
from taskyard.composition.process import Process
from taskyard.composition.progress import Bar
from taskyard.kit import clock
from taskyard.kit.consumers import catch_up
from taskyard.kit.leases import Leases
from taskyard.kit.queries.changelog import has_unplaced_events
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from taskyard.notification.listeners import consumers

SETTLE_WITHIN = timedelta(minutes=1)
"""Notifications are written before the clock moves on by more than this."""
_NICK = re.compile(r"@([a-z]+)\b")
_REQUESTS: dict[Verb, tuple[str, str]] = {
    "create": ("POST", "/tasks"),
    "change": ("PATCH", "/tasks/{task}"),
    "delete": ("DELETE", "/tasks/{task}"),
    "restore": ("POST", "/tasks/{task}/restore"),
    "comment": ("POST", "/tasks/{task}/comments"),
    "edit": ("PATCH", "/comments/{comment}"),
    "withdraw": ("DELETE", "/comments/{comment}"),
    "read": ("POST", "/notifications/read-all"),
}


class Aftermath:
    """What otherwise goes on in the background, done here at the moments the story allows for.

    So every event has its place, and every notification its time, before the clock moves on.
    """

    def __init__(self, process: Process) -> None:
        self._notification = process.database("notification")
        self._database = process.database("sequencer")
        self._sequencer = Sequencer(self._database, Leases(self._database), Signal(), lambda _: None)

    async def settle(self) -> None:
        """Place all events, let everybody be told of them, and place what that announced."""
        await self._place()
        for consumer in consumers():
            await catch_up(self._notification, consumer)
        await self._place()

    async def _place(self) -> None:
        while await has_unplaced_events(self._database) and await self._sequencer.place():
            pass


class Teller:
    """Tells a plan to the API as the people of the company."""

    def __init__(self, company: Company, aftermath: Aftermath) -> None:
        self._company = company
        self._aftermath = aftermath
        self._task_ids: dict[int, str] = {}
        self._comment_ids: dict[int, str] = {}

    @property
    def tasks(self) -> int:
        """How many tasks were created."""
        return len(self._task_ids)

    @property
    def comments(self) -> int:
        """How many comments were written."""
        return len(self._comment_ids)

    async def tell(self, plan: Plan, stop: asyncio.Event) -> bool:
        """Carry out the plan until it ends or somebody stops it; whether it came to its end."""
        bar = Bar(len(plan.steps))
        try:
            for place, step in enumerate(plan.steps):
                if stop.is_set():
                    return False
                bar.show(place, f"{step.at:%d %B}, {self.tasks} tasks")
                await self._move_on(step.at)
                await self._perform(step)
            bar.show(len(plan.steps), f"{plan.end:%d %B}, {self.tasks} tasks")
            return True
        finally:
            await self._aftermath.settle()
            bar.close()

    async def _move_on(self, at: datetime) -> None:
        """Turn the clock forward to an instant, never back, after everything before it is settled."""
        ahead = at - clock.now()
        if ahead > SETTLE_WITHIN:
            await self._aftermath.settle()
            ahead = at - clock.now()
        if ahead > timedelta(0):
            clock.travel(ahead)

    async def _perform(self, step: Step) -> None:
        method, path = _REQUESTS[step.verb]
        url = path.format(task=self._task_ids.get(step.task), comment=self._comment_ids.get(step.comment))
        answer = await self._company.people[step.who].send(method, url, self._body(step))
        if step.verb == "create":
            self._task_ids[step.task] = answer.id
        elif step.verb == "comment":
            self._comment_ids[step.comment] = answer.id

    def _body(self, step: Step) -> Fields | None:
        """The request's body, with ids where the plan has nicks and keys."""
        if not step.fields:
            return None
        people, body = self._company.people, dict(step.fields)
        if isinstance(key := body.pop("project", None), str):
            body["project_id"] = self._company.project_ids[key]
        if isinstance(nicks := body.get("assignee_ids"), list):
            body["assignee_ids"] = [people[nick].id for nick in nicks]
        if isinstance(text := body.get("body"), str):
            body["body"] = _NICK.sub(lambda match: f"@{people[match[1]].id}", text)
        return body
