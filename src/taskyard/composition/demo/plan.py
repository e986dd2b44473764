"""What happens in the demo, as a pure function of a seed, a number of tasks and the end: nothing is asked or stored."""

import math
import random
from datetime import datetime, timedelta

from taskyard.composition.demo.cast import ACTORS, PROJECTS
from taskyard.composition.demo.lives import Narrator
from taskyard.composition.demo.steps import Plan, Step
from taskyard.composition.demo.working_hours import WorkingHours

HISTORY = timedelta(days=90)
_FOUNDING = timedelta(hours=1)
"""How long it takes to found the company before anybody works."""
_LAST_LOOK = timedelta(days=3)
"""Before the end people stop marking everything as read, so that something waits for whoever looks in."""


def make_plan(seed: int, tasks: int, end: datetime) -> Plan:
    """Plan the last ninety days of the company; the same arguments give the same plan."""
    chance = random.Random(seed)
    start = end - HISTORY
    hours = WorkingHours(chance, ACTORS, start + _FOUNDING, end)
    narrator = Narrator(chance, hours)
    for project in _projects(chance, tasks):
        while not narrator.tell(project, _beginning(chance, start, end)):
            pass
    steps = narrator.steps + _readings(hours, chance, (end - _LAST_LOOK, min(0.8, tasks / 500)))
    return Plan(start, end, sorted(steps))


def _projects(chance: random.Random, tasks: int) -> list[str]:
    """The project of each task: their shares exactly, mixed."""
    places = [(number + 0.5) / tasks for number in range(tasks)]
    chosen = []
    for place in places:
        rest = place
        for project in PROJECTS:
            rest -= project.share
            if rest < 0 or project is PROJECTS[-1]:
                chosen.append(project.key)
                break
    chance.shuffle(chosen)
    return chosen


def _beginning(chance: random.Random, start: datetime, end: datetime) -> datetime:
    """When a task comes up: a few on the first day, then slowly more each week."""
    if chance.random() < 0.06:
        return start + _FOUNDING
    return start + _FOUNDING + (end - start - _FOUNDING) * math.pow(chance.random(), 0.85)


def _readings(hours: WorkingHours, chance: random.Random, habit: tuple[datetime, float]) -> list[Step]:
    """On most mornings people go through what they were told; less often where little happens."""
    until, likelihood = habit
    steps = []
    for actor in ACTORS:
        for began in hours.mornings(actor.nick):
            at = hours.next_moment(actor.nick, began - timedelta(minutes=1))
            if at is not None and at < until and chance.random() < likelihood:
                steps.append(Step(at, -1, actor.nick))
    return steps
