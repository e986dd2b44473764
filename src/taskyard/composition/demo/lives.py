"""The life of one task of the demo: how it comes up, who takes it on, what is said, and how it ends."""

import random
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from taskyard.composition.demo.cast import ACTORS, Actor
from taskyard.composition.demo.remarks import Occasion, remark, second_thought
from taskyard.composition.demo.steps import Fields, Step, Verb
from taskyard.composition.demo.titles import Titles
from taskyard.composition.demo.working_hours import WorkingHours

T = TypeVar("T")
Fate = Literal["done", "cancelled", "left", "trashed"]
_FATES: dict[Fate, float] = {"done": 0.8, "cancelled": 0.07, "left": 0.11, "trashed": 0.02}
_PRIORITIES = {"none": 0.2, "low": 0.2, "medium": 0.35, "high": 0.19, "urgent": 0.06}
_ESTIMATES = (0.5, 1, 1, 2, 2, 3, 3, 5, 8, 13)


class Narrator:
    """Tells one life after the other; the steps of all of them are put in order afterwards."""

    def __init__(self, chance: random.Random, hours: WorkingHours) -> None:
        self.steps: list[Step] = []
        self._chance = chance
        self._hours = hours
        self._titles = Titles(chance)
        self._tasks = self._comments = 0
        self._now: datetime | None = None

    def tell(self, project: str, wanted: datetime) -> bool:
        """The life of a new task from about an instant on; False when nobody gets to create it before the end."""
        insiders = [actor.nick for actor in ACTORS if project in actor.projects]
        maker = self._chance.choice(insiders)
        self._now = wanted
        fate = self._pick(_FATES)
        doer = self._chance.choice(insiders)
        status = "backlog" if self._chance.random() < 0.4 else "todo"
        fields = self._new(project, status, doer if self._chance.random() < 0.55 else None)
        if not self._do(maker, "create", timedelta(0), fields):
            return False
        self._go_on(project, maker, doer, fate)
        self._tasks += 1
        return True

    def _go_on(self, project: str, maker: str, doer: str, fate: Fate) -> None:
        chance = self._chance.random
        self._discuss(project, "question", (doer, maker), 0.3)
        if fate == "trashed":
            self._say(maker, "duplicate", None, timedelta(hours=1))
            self._do(maker, "delete", timedelta(minutes=1))
            if chance() < 0.2:
                self._do(maker, "restore", timedelta(hours=3))
            return
        if chance() < 0.25:
            self._do(maker, "change", self._days(2), self._second_look())
        if fate == "left":
            return
        if fate == "cancelled":
            self._say(maker, "cancelled", None, self._days(9))
            self._do(maker, "change", timedelta(minutes=1), {"status": "cancelled"})
            return
        self._work(project, maker, doer)

    def _work(self, project: str, maker: str, doer: str) -> None:
        self._do(doer, "change", self._days(4), {"status": "in_progress", "assignee_ids": [doer]})
        self._discuss(project, "progress", (doer, maker), 0.45)
        if self._chance.random() < 0.75:
            self._do(doer, "change", self._days(2.5), {"status": "in_review"})
            self._say(doer, "review", maker, timedelta(minutes=1), 0.4)
            if self._chance.random() < 0.12:
                self._do(maker, "change", self._days(0.7), {"status": "in_progress"})
                self._do(doer, "change", self._days(1), {"status": "in_review"})
            self._do(maker, "change", self._days(0.8), {"status": "done"})
        else:
            self._do(doer, "change", self._days(2), {"status": "done"})
        self._say(doer, "end", maker, timedelta(minutes=1), 0.3)

    def _discuss(self, project: str, occasion: Occasion, pair: tuple[str, str], likelihood: float) -> None:
        """A remark, and often an answer: by the other of the two, or by somebody who only listens."""
        if self._chance.random() > likelihood:
            return
        first, second = pair
        self._say(first, occasion, second if second != first else None, self._days(0.6))
        listeners = [actor.nick for actor in _listeners(project)]
        if self._chance.random() < 0.6:
            answering = self._chance.choice([second, second, *listeners])
            self._say(answering, "answer", first if answering != first else None, self._days(0.4))

    def _say(self, who: str, occasion: Occasion, other: str | None, pause: timedelta, likelihood: float = 1) -> None:
        if self._chance.random() > likelihood:
            return
        other = other if other != who else None
        text = remark(self._chance, occasion, other)
        if not self._do(who, "comment", pause, {"body": text}, comment=self._comments):
            return
        place, self._comments = self._comments, self._comments + 1
        second = self._chance.random()
        if second < 0.05:
            body: Fields = {"body": second_thought(self._chance, text)}
            self._do(who, "edit", timedelta(minutes=1), body, comment=place)
        elif second < 0.06:
            self._do(who, "withdraw", timedelta(minutes=1), comment=place)

    def _do(self, who: str, verb: Verb, pause: timedelta, fields: Fields | None = None, *, comment: int = -1) -> bool:
        """Let somebody do something after a pause, if they get to it before the end; nothing comes after that."""
        if self._now is None:
            return False
        self._now = self._hours.next_moment(who, self._now + pause)
        if self._now is None:
            return False
        place = len(self.steps)
        self.steps.append(Step(self._now, place, who, verb, self._tasks, comment, fields or {}))
        return True

    def _new(self, project: str, status: str, doer: str | None) -> Fields:
        subject = self._titles.next_of(project)
        fields: Fields = {"project": project, "title": subject.title, "description": subject.description}
        fields["status"] = status
        fields["priority"] = self._pick(_PRIORITIES)
        fields["assignee_ids"] = [doer] if doer else []
        if self._chance.random() < 0.55:
            fields["estimate"] = self._chance.choice(_ESTIMATES)
        if self._chance.random() < 0.45:
            fields["due_on"] = self._due(3, 35)
        return fields

    def _second_look(self) -> Fields:
        """What somebody thinks better of."""
        changes: list[Fields] = [
            {"priority": self._pick(_PRIORITIES)},
            {"due_on": self._due(7, 30)},
            {"estimate": self._chance.choice(_ESTIMATES), "priority": "high"},
            {"status": "todo"},
        ]
        return self._chance.choice(changes)

    def _due(self, least: int, most: int) -> str | None:
        days = timedelta(days=self._chance.randint(least, most))
        return None if self._now is None else (self._now + days).date().isoformat()

    def _days(self, median: float) -> timedelta:
        """A pause: mostly about as long as said, sometimes much longer."""
        return timedelta(days=self._chance.lognormvariate(0, 0.9) * median)

    def _pick(self, shares: dict[T, float]) -> T:
        [choice] = self._chance.choices(list(shares), list(shares.values()))
        return choice


def _listeners(project: str) -> list[Actor]:
    return [actor for actor in ACTORS if project in actor.listens_to]
