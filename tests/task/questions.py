"""Random queries, each with a naive answer in plain Python that shares nothing with the language's own."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from taskyard.contracts.task import Priority
from taskyard.task.models.tasks import Task

PRIORITIES: tuple[Priority, ...] = ("none", "low", "medium", "high", "urgent")
PLANS = ("01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b")
LABELS = {"bug": [PLANS[0]], "needs design": list(PLANS)}
"""The ids of labels by their names, of which two projects have one each."""
STATUSES = ("backlog", "todo", "in_progress", "done")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Africa/Cairo",  # the clock jumps over midnight
    "America/Havana",  # the hour after midnight comes twice
    "Pacific/Apia",  # left out 30 December 2011
)
EDGES = (
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
    datetime(2027, 3, 14, 7, tzinfo=UTC),
    datetime(2024, 4, 25, 22, tzinfo=UTC),
    datetime(2024, 10, 31, 21, tzinfo=UTC),
    datetime(2024, 11, 3, 5, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)
"""Instants around which clocks and calendars do something odd."""
LETTERS = "aAbBzZ éÉßẞäÄçÇñÑİıIσΣςøØжЖ%_\\'\"-1"  # noqa: RUF001 - letters that change their length or shape with their case


class Setting(msgspec.Struct, frozen=True):
    """Who asks, where, and when."""

    caller_id: str
    other_id: str
    zone: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()


Answer = Callable[[Task, Setting], bool]
Question = tuple[str, Answer]


def random_task_fields(chance: random.Random, people: list[str]) -> dict[str, object]:
    """What a task near an edge may hold, missing values included."""

    def near(most_hours: int) -> datetime:
        return chance.choice(EDGES) + timedelta(minutes=30 * chance.randint(-2 * most_hours, 2 * most_hours))

    due = chance.choice(("none", "on", "at"))
    text = "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 12)))
    return {
        "title": text,
        "description": chance.choice(("", text[::-1], text.swapcase())),
        "status": chance.choice(STATUSES),
        "priority": chance.choice(PRIORITIES),
        "assignee_ids": chance.sample(people, chance.randint(0, len(people))),
        "created_by": chance.choice(people),
        "label_ids": chance.sample(PLANS, chance.randint(0, len(PLANS))),
        "milestone_id": chance.choice((None, *PLANS)),
        "iteration_id": chance.choice((None, *PLANS)),
        "start_on": chance.choice((None, near(60).date())),
        "due_on": near(60).date() if due == "on" else None,
        "due_at": near(60) if due == "at" else None,
        "estimate": chance.choice((None, 0.0, 0.5, 1.25, 3.0, 3.0)),
        "created_at": near(30),
        "updated_at": near(30),
        "completed_at": chance.choice((None, near(30))),
        "archived_at": chance.choice((None, near(30))),
    }


def ordered(operator: str, left: object, right: object) -> bool:
    answers: dict[str, bool] = {
        "<": left < right,  # type: ignore[operator] # two of one kind
        "<=": left <= right,  # type: ignore[operator] # as above
        ">": left > right,  # type: ignore[operator] # as above
        ">=": left >= right,  # type: ignore[operator] # as above
        "=": left == right,
        "!=": left != right,
    }
    return answers[operator]


SIGNS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
DENIED = st.booleans()
_READ_AS = {"assignee": "assignee_ids", "label": "label_ids", "milestone": "milestone_id", "iteration": "iteration_id"}


@st.composite
def _words(draw: st.DrawFn) -> Question:
    name, pool = draw(st.sampled_from([("status", STATUSES), ("priority", PRIORITIES)]))
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    denied = draw(DENIED)
    if len(chosen) == 1 and draw(st.booleans()):
        text = f"{name} {'!=' if denied else '='} {chosen[0]}"
    else:
        text = f"{name} {'not in' if denied else 'in'} ({', '.join(chosen)})"
    return text, lambda task, _: (getattr(task, name) in chosen) is not denied


@st.composite
def _shelves(draw: st.DrawFn) -> Question:
    chosen = draw(st.sampled_from([["true"], ["false"], ["true", "FALSE"]]))
    denied = draw(DENIED)
    text = f"archived {'not in' if denied else 'in'} ({', '.join(chosen)})"
    return text, lambda task, _: (str(task.archived_at is not None).lower() in map(str.lower, chosen)) is not denied


@st.composite
def _ranks(draw: st.DrawFn) -> Question:
    operator, rank = draw(SIGNS), draw(st.sampled_from(PRIORITIES))
    place = PRIORITIES.index(rank)
    return f"priority {operator} {rank}", lambda task, _: ordered(operator, PRIORITIES.index(task.priority), place)


@st.composite
def _people(draw: st.DrawFn) -> Question:
    name, who, denied = (
        draw(st.sampled_from(["assignee", "creator"])),
        draw(st.sampled_from(["me", "b@x.org"])),
        draw(DENIED),
    )

    def answer(task: Task, setting: Setting) -> bool:
        person = setting.caller_id if who == "me" else setting.other_id
        return (person in (task.assignee_ids if name == "assignee" else [task.created_by])) is not denied

    return f"{name} {'!=' if denied else '='} {who}", answer


@st.composite
def _plans(draw: st.DrawFn) -> Question:
    name, plan, denied = draw(st.sampled_from(["milestone", "iteration"])), draw(st.sampled_from(PLANS)), draw(DENIED)
    return (
        f"{name} {'!=' if denied else '='} {plan}",
        lambda task, _: (getattr(task, f"{name}_id") == plan) is not denied,
    )


@st.composite
def _labels(draw: st.DrawFn) -> Question:
    chosen = draw(st.lists(st.sampled_from(["BUG", "Needs Design", "nobody has it", PLANS[1]]), min_size=1, max_size=3))
    denied = draw(DENIED)
    meant = {label_id for name in chosen for label_id in LABELS.get(name.lower(), [name])}
    listed = ", ".join(f'"{name}"' for name in chosen)
    text = f"label {'not in' if denied else 'in'} ({listed})"
    return text, lambda task, _: bool(meant & set(task.label_ids)) is not denied


@st.composite
def _numbers(draw: st.DrawFn) -> Question:
    operator, bound = draw(SIGNS), draw(st.sampled_from(["0", "0.5", "3", "3.0", "-1"]))

    def answer(task: Task, _: Setting) -> bool:
        if task.estimate is None:
            return operator == "!="
        return ordered(operator, task.estimate, float(bound))

    return f"estimate {operator} {bound}", answer


@st.composite
def _texts(draw: st.DrawFn) -> Question:
    needle = draw(st.text(alphabet=LETTERS, min_size=1, max_size=2))
    name = draw(st.sampled_from(["title", "description", "text"]))
    quoted = '"' + needle.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def lowered(text: str) -> list[str]:
        return ["i" if one == "İ" else one.lower() for one in text]

    def answer(task: Task, _: Setting) -> bool:
        looked_at = [task.title] if name == "title" else [task.description]
        looked_at = [task.title, task.description] if name == "text" else looked_at
        wanted = lowered(needle)
        return any(lowered(text)[n : n + len(wanted)] == wanted for text in looked_at for n in range(len(text) + 1))

    return f"{name} ~ {quoted}", answer


@st.composite
def _emptiness(draw: st.DrawFn) -> Question:
    name = draw(
        st.sampled_from([*_READ_AS, "due", "due_on", "due_at", "start_on", "completed_at", "estimate", "description"])
    )
    denied = draw(DENIED)

    def answer(task: Task, _: Setting) -> bool:
        if name == "due":
            is_empty = task.due_on is None and task.due_at is None
        else:
            value = getattr(task, _READ_AS.get(name, name))
            is_empty = value is None or value in ([], "")
        return is_empty is not denied

    return f"{name} is {'not ' if denied else ''}empty", answer


@st.composite
def _days(draw: st.DrawFn) -> Question:
    """A whole day: what happened then is compared by the day it was on the caller's wall."""
    name = draw(st.sampled_from(["created_at", "completed_at", "start_on", "due_on", "due_at", "due"]))
    operator, shift = draw(SIGNS), draw(st.integers(-3, 3))
    literal = draw(st.one_of(st.none(), st.sampled_from([edge.date() for edge in EDGES])))
    start = "today" if literal is None else literal.isoformat()

    def answer(task: Task, setting: Setting) -> bool:
        day = (literal or setting.today) + timedelta(days=shift)
        value = (task.due_on or task.due_at) if name == "due" else getattr(task, name)
        if value is None:
            return operator == "!="
        return ordered(operator, setting.day_of(value) if isinstance(value, datetime) else value, day)

    return f"{name} {operator} {start}{shift:+d}d", answer


@st.composite
def _instants(draw: st.DrawFn) -> Question:
    """A point in time: a day is compared with the day it falls on."""
    name = draw(st.sampled_from(["updated_at", "completed_at", "start_on", "due_on", "due_at", "due"]))
    operator, hours = draw(SIGNS), draw(st.integers(-50, 50))
    literal = draw(st.one_of(st.none(), st.sampled_from(EDGES)))
    start = "now" if literal is None else literal.isoformat()

    def answer(task: Task, setting: Setting) -> bool:
        at = (literal or setting.now) + timedelta(hours=hours)
        value = (task.due_on or task.due_at) if name == "due" else getattr(task, name)
        if value is None:
            return operator == "!="
        return ordered(operator, value, at if isinstance(value, datetime) else setting.day_of(at))

    return f"{name} {operator} {start}{hours:+d}h", answer


def _not(inner: Question) -> Question:
    text, answer = inner
    return f"not ({text})", lambda task, setting: not answer(task, setting)


def _joined(parts: list[Question], word: str) -> Question:
    answers = [answer for _, answer in parts]
    every = all if word == "and" else any
    text = f" {word} ".join(f"({text})" for text, _ in parts)
    return text, lambda task, setting: every(answer(task, setting) for answer in answers)


def combined(terms: st.SearchStrategy[Question]) -> st.SearchStrategy[Question]:
    """Terms alone, denied, and joined."""
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            inner.map(_not),
            st.tuples(st.lists(inner, min_size=2, max_size=3), st.sampled_from(["and", "or"])).map(
                lambda parts: _joined(*parts)
            ),
        ),
        max_leaves=6,
    )


moments: st.SearchStrategy[Question] = st.one_of(_days(), _instants())
questions: st.SearchStrategy[Question] = combined(
    st.one_of(
        _words(),
        _shelves(),
        _ranks(),
        _people(),
        _plans(),
        _labels(),
        _numbers(),
        _texts(),
        _emptiness(),
        _days(),
        _instants(),
    )
)
settings_of_a_question = st.tuples(st.sampled_from(ZONES), st.sampled_from(EDGES), st.integers(-30, 30))
