"""Random questions about the fields of projects' own, with naive answers, and values of every kind to ask about."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from taskyard.contracts.fields import FieldValue
from taskyard.task.models.tasks import Task

from .questions import DENIED, EDGES, LETTERS, SIGNS, Question, Setting, combined, ordered

KEYS = ("size", "note", "mixed")
_OPTIONS = ("3", "true", "me", "small", "2027-03-28", "b@x.org", "straße")


def random_values(chance: random.Random, people: list[str]) -> dict[str, FieldValue]:
    """What tasks hold of these fields: the same key has another kind in another project."""
    return {key: _value(chance, people) for key in KEYS if chance.random() < 0.8}


def _value(chance: random.Random, people: list[str]) -> FieldValue:
    near = chance.choice((timedelta(hours=chance.randint(-2, 2)), timedelta(minutes=chance.randint(-3000, 3000))))
    at = (chance.choice(EDGES) + near).replace(microsecond=chance.choice((0, 0, 500_000)))
    return chance.choice(
        (
            chance.choice((0, 1, 3, 3.0, 0.5, -1)),
            chance.choice((True, False)),
            chance.choice(_OPTIONS),
            chance.sample(_OPTIONS, chance.randint(0, 3)),
            "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 6))),
            chance.choice(people),
            at.date().isoformat(),
            at.isoformat().replace("+00:00", "Z"),
        )
    )


def _time_of(value: object) -> date | datetime | None:
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            found = datetime.strptime(str(value), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found.date() if form == "%Y-%m-%d" else found
    return None


def _is(value: object, word: str, setting: Setting, *, is_quoted: bool) -> bool:
    """Whether a value, or one of a list, is what is written."""
    texts = {word}
    if not is_quoted:
        texts |= {"me": {setting.caller_id}, "b@x.org": {setting.other_id}}.get(word, set())
        if isinstance(value, bool):
            return word == str(value).lower()
        if isinstance(value, int | float):
            return word in {"3", "0", "0.5"} and float(word) == value
    return bool(texts & {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)})


@st.composite
def _words(draw: st.DrawFn) -> Question:
    key, denied, is_quoted = draw(st.sampled_from(KEYS)), draw(DENIED), draw(st.booleans())
    pool = [*_OPTIONS, "0", "0.5", "false"]
    plain = [word for word in pool if is_quoted or not word.startswith("2027")]
    chosen = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=3))
    listed = ", ".join(f'"{word}"' if is_quoted else word for word in chosen)

    def answer(task: Task, setting: Setting) -> bool:
        value = task.custom.get(key)
        return any(_is(value, word, setting, is_quoted=is_quoted) for word in chosen) is not denied

    return f"cf.{key} {'not in' if denied else 'in'} ({listed})", answer


@st.composite
def _numbers(draw: st.DrawFn) -> Question:
    key, operator = draw(st.sampled_from(KEYS)), draw(st.sampled_from(["<", "<=", ">", ">="]))
    bound = draw(st.sampled_from(["0", "0.5", "3", "-1"]))

    def answer(task: Task, _: Setting) -> bool:
        value = task.custom.get(key)
        return isinstance(value, int | float) and not isinstance(value, bool) and ordered(operator, value, float(bound))

    return f"CF.{key} {operator} {bound}", answer


@st.composite
def _times(draw: st.DrawFn) -> Question:
    """A day or an instant: a day is compared with the day on which an instant falls, and the other way round."""
    key, operator, shift = draw(st.sampled_from(KEYS)), draw(SIGNS), draw(st.integers(-3, 3))
    edge, is_day = draw(st.sampled_from(EDGES)), draw(st.booleans())
    written = f"{edge.date()}{shift:+d}d" if is_day else f"{edge.isoformat()}{shift:+d}h"

    def answer(task: Task, setting: Setting) -> bool:
        value, at = _time_of(task.custom.get(key)), edge + timedelta(hours=shift)
        if value is None:
            return operator == "!="
        if isinstance(value, datetime) and not is_day:
            return ordered(operator, value, at)
        day = edge.date() + timedelta(days=shift) if is_day else setting.day_of(at)
        return ordered(operator, setting.day_of(value) if isinstance(value, datetime) else value, day)

    return f"cf.{key} {operator} {written}", answer


@st.composite
def _texts(draw: st.DrawFn) -> Question:
    key, needle = (
        draw(st.sampled_from(KEYS)),
        draw(st.sampled_from(["a", "Z", "true", "-", "%", "2027", "STRASSE", "ß"])),
    )

    def answer(task: Task, _: Setting) -> bool:
        value = task.custom.get(key)
        return isinstance(value, str) and needle.lower() in "".join(one.lower()[0] for one in value)

    return f'cf.{key} ~ "{needle}"', answer


@st.composite
def _emptiness(draw: st.DrawFn) -> Question:
    key, denied = draw(st.sampled_from([*KEYS, "nobody_has_it"])), draw(DENIED)
    return (
        f"cf.{key} is {'not ' if denied else ''}empty",
        lambda task, _: (task.custom.get(key) in (None, "", [])) is not denied,
    )


own_questions = combined(st.one_of(_words(), _numbers(), _times(), _texts(), _emptiness()))
