"""From what was written to what is meant: with the caller's clock, time zone and people, in plain conditions."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import Literal, TypeAlias

import msgspec

from taskyard.contracts.language import moments
from taskyard.contracts.language.errors import wrong
from taskyard.contracts.language.fields import PRIORITIES, Field, get_field
from taskyard.contracts.language.tree import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    Empty,
    Moment,
    Not,
    OneOf,
    Term,
    Word,
    fold,
)
from taskyard.contracts.language.values import ME, find_plain, is_email
from taskyard.kit.ids import is_id

MOST_EMAILS = 10
MOST_LABELS = 50
_Comparison: TypeAlias = Literal["=", "<", "<=", ">", ">="]


class Context(msgspec.Struct, frozen=True):
    """Who asks, when, and where their days begin; ``people`` are the ids by the addresses the query names."""

    caller_id: str
    now: datetime
    zone: tzinfo
    people: Mapping[str, str]
    labels: Mapping[str, list[str]] = msgspec.field(default_factory=dict)
    """The ids of labels by the names the query names, without case: as many as projects that have one of that name."""


def emails_of(condition: Condition) -> list[str]:
    """The addresses a written condition names, to be looked up before it is bound. Raises InvalidInput."""
    found = {
        word.text: word.at
        for term in _terms(condition)
        for word in term.values
        if isinstance(word, Word) and _may_be_person(get_field(term.field), word) and is_email(word)
    }
    if len(found) > MOST_EMAILS:
        raise wrong(list(found.values())[MOST_EMAILS], f"a query names at most {MOST_EMAILS} addresses.")
    return list(found)


def _may_be_person(field: Field, word: Word) -> bool:
    """In a field of a project's own, what stands in quotes is a text."""
    return field.kind in {"person", "people"} or (field.kind == "own" and not word.is_quoted)


def labels_of(condition: Condition) -> list[str]:
    """The names of labels that a written condition holds, without case, to be looked up. Raises InvalidInput."""
    found = {
        word.text.casefold(): word.at
        for term in _terms(condition)
        for word in term.values
        if isinstance(word, Word) and get_field(term.field).kind == "labels" and not is_id(word.text)
    }
    if len(found) > MOST_LABELS:
        raise wrong(list(found.values())[MOST_LABELS], f"a query names at most {MOST_LABELS} labels.")
    return list(found)


def needs_zone(condition: Condition) -> bool:
    """Whether a written condition means something else in another time zone."""
    return any(isinstance(value, Moment) for term in _terms(condition) for value in term.values)


def bind(condition: Condition, context: Context) -> Condition:
    """The plain condition that is meant. Raises InvalidInput for a day outside the calendar."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(bind(part, context) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(bind(part, context) for part in parts))
        case Not(part):
            return Not(bind(part, context))
        case Term():
            return _bound(condition, context)
        case _:
            return condition


def _terms(condition: Condition) -> Iterator[Term]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _terms(part)
        case Not(part):
            yield from _terms(part)
        case Term():
            yield condition


def _bound(term: Term, context: Context) -> Condition:
    """One term, of which every operator that denies is the plain denial of the one that affirms."""
    field = get_field(term.field)
    match term.operator:
        case "is empty":
            return _empty(field)
        case "is not empty":
            return Not(_empty(field))
        case "!=" | "not in":
            return Not(_equal(field, term, context))
        case "=" | "in":
            return _equal(field, term, context)
        case "~":
            return _contains(field, term)
        case "<" | "<=" | ">" | ">=":
            return _compared(field, term.operator, term.values[0], context)


def _empty(field: Field) -> Condition:
    if field.kind == "due":
        return AllOf((Empty("due_on"), Empty("due_at")))
    return Empty(field.name)


def _equal(field: Field, term: Term, context: Context) -> Condition:
    if field.kind in {"day", "instant", "due"}:
        parts = tuple(_compared(field, "=", value, context) for value in term.values)
        return parts[0] if len(parts) == 1 else AnyOf(parts)
    words = [value for value in term.values if isinstance(value, Word)]
    if field.kind == "own":
        times = [_compared(field, "=", value, context) for value in term.values if isinstance(value, Moment)]
        return AnyOf((*times, *_equal_own(field.name, words, context)))
    if field.kind in {"number", "priority"}:
        return OneOf(field.name, tuple(_number(field, word) for word in words))
    if field.kind == "labels":
        return OneOf(field.name, tuple(label_id for word in words for label_id in _labels(word, context)))
    return OneOf(field.name, tuple(text for word in words if (text := _text(field, word, context)) is not None))


def _equal_own(name: str, words: list[Word], context: Context) -> Iterator[Condition]:
    """The text that was written; without quotes also the number, the truth or the person that is written so."""
    people = {ME: context.caller_id, **context.people}
    texts = [person for word in words if not word.is_quoted and (person := people.get(word.text)) is not None]
    if words:
        yield OneOf(name, (*(word.text for word in words), *texts))
    if plain := tuple(found for word in words if (found := find_plain(word)) is not None):
        yield OneOf(name, plain)


def _contains(field: Field, term: Term) -> Condition:
    text = fold("".join(value.text for value in term.values if isinstance(value, Word)))
    if field.name == "text":
        return AnyOf((Contains("title", text), Contains("description", text)))
    return Contains(field.name, text)


def _compared(field: Field, operator: _Comparison, value: Word | Moment, context: Context) -> Condition:
    if isinstance(value, Word):
        return Compare(field.name, operator, _number(field, value))
    moment = moments.resolve(value, context.now, context.zone)
    if field.kind == "day":
        return Compare(field.name, operator, _day(moment, context.zone, value.at))
    if field.kind == "instant":
        return _compared_instant(field.name, operator, (moment, value.at), context.zone)
    day_name, instant_name = ("due_on", "due_at") if field.kind == "due" else (field.name, field.name)
    on_day = Compare(day_name, operator, _day(moment, context.zone, value.at))
    return AnyOf((on_day, _compared_instant(instant_name, operator, (moment, value.at), context.zone)))


def _compared_instant(name: str, operator: _Comparison, there: tuple[date | datetime, int], zone: tzinfo) -> Condition:
    """An instant compared with another, or with a whole day: in it, before its beginning, after its end."""
    moment, at = there
    if isinstance(moment, datetime):
        return Compare(name, operator, moment)
    first, first_of_next = moments.bounds(moment, zone, at)
    match operator:
        case "=":
            return AllOf((Compare(name, ">=", first), Compare(name, "<", first_of_next)))
        case "<" | ">=":
            return Compare(name, operator, first)
        case "<=":
            return Compare(name, "<", first_of_next)
        case ">":
            return Compare(name, ">=", first_of_next)


def _day(moment: date | datetime, zone: tzinfo, at: int) -> date:
    try:
        return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    except OverflowError:
        raise moments.out_of_range(at) from None


def _number(field: Field, word: Word) -> float:
    if field.kind == "priority":
        return [str(name) for name in PRIORITIES].index(word.text.lower())
    return float(word.text)


def _labels(word: Word, context: Context) -> list[str]:
    return [word.text.lower()] if is_id(word.text) else context.labels.get(word.text.casefold(), [])


def _text(field: Field, word: Word, context: Context) -> str | None:
    """The value a word stands for; None for an address that is nobody's, which then matches nothing."""
    if field.kind in {"person", "people"} and word.text == ME:
        return context.caller_id
    if field.kind in {"person", "people"} and is_email(word):
        return context.people.get(word.text)
    if field.kind == "flag":
        return word.text.lower()
    return word.text.upper() if field.name in {"key", "project"} and not is_id(word.text) else word.text
