"""The back end of the query language in SQL: a bound condition as a part of WHERE, its values bound as parameters.

A denial is carried down to the plain conditions, where it reads IS NOT TRUE. So a missing value never makes a whole
condition unknown, and what affirms stays as an index can use it.
"""

from datetime import date

import msgspec

from taskyard.contracts.language.own import find_key, in_order, pattern_of
from taskyard.contracts.language.tree import AllOf, AnyOf, Compare, Condition, Contains, Empty, Not, OneOf, Term

Plain = OneOf | Compare | Contains | Empty

_COLUMNS: dict[str, tuple[str, str]] = {
    "status": ("t.status", "text"),
    "priority": ("t.priority", "float8"),
    "assignee": ("t.assignee_ids", "uuid"),
    "label": ("t.label_ids", "uuid"),
    "creator": ("t.created_by", "uuid"),
    "project": ("ARRAY[split_part(t.key, '-', 1), t.project_id::text]", "text"),
    "parent": ("t.parent_id", "uuid"),
    "milestone": ("t.milestone_id", "uuid"),
    "iteration": ("t.iteration_id", "uuid"),
    "due_on": ("t.due_on", "date"),
    "due_at": ("t.due_at", "timestamptz"),
    "start_on": ("t.start_on", "date"),
    "created_at": ("t.created_at", "timestamptz"),
    "updated_at": ("t.updated_at", "timestamptz"),
    "completed_at": ("t.completed_at", "timestamptz"),
    "estimate": ("t.estimate::float8", "float8"),
    "number": ("t.number", "float8"),
    "title": ("t.title", "text"),
    "description": ("t.description", "text"),
    "key": ("t.key", "text"),
    "archived": ("CASE WHEN t.archived_at IS NULL THEN 'false' ELSE 'true' END", "text"),
}
"""By which expression on the row ``t`` a field is asked about, and the type of what it is compared with."""
_LISTS = {
    # by tasks_by_first_assignee and tasks_by_later_assignees
    "assignee": "(t.assignee_ids <> '{{}}' AND t.assignee_ids[1] = ANY({0})"
    " OR cardinality(t.assignee_ids) > 1 AND t.assignee_ids[2:50] && {0})",
    # by tasks_by_label
    "label": "(t.label_ids <> '{{}}' AND t.label_ids && {0})",
    "project": "ARRAY[split_part(t.key, '-', 1), t.project_id::text] && {0}",
}
"""What is asked of a field that holds several, and of a project, which has two names."""
_NOTHING = {"assignee": "t.assignee_ids = '{}'", "label": "t.label_ids = '{}'", "description": "t.description = ''"}


class Values:
    """The parameters of a statement, in the order in which they are named."""

    def __init__(self, *values: object) -> None:
        self.all = list(values)

    def bind(self, value: object, kind: str) -> str:
        """Name one more parameter, of a type of PostgreSQL."""
        self.all.append(value)
        return f"${len(self.all)}::{kind}"


def condition_sql(condition: Condition, values: Values, *, affirmed: bool = True) -> str:
    """A condition on the row ``t``, or what denies it."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            joined_by_and = isinstance(condition, AllOf) is affirmed
            texts = [condition_sql(part, values, affirmed=affirmed) for part in parts]
            if not texts:
                return "TRUE" if joined_by_and else "FALSE"
            return "(" + (" AND " if joined_by_and else " OR ").join(texts) + ")"
        case Not(part):
            return condition_sql(part, values, affirmed=not affirmed)
        case Term():
            raise TypeError("a written condition is bound before it is asked")
        case _:
            key = find_key(condition.field)
            text = _plain_sql(condition, values) if key is None else _own_sql(condition, key, values)
            return text if affirmed else f"({text}) IS NOT TRUE"


def _plain_sql(condition: Plain, values: Values) -> str:
    column, kind = _COLUMNS[condition.field]
    match condition:
        case OneOf(field, wanted):
            if field in _LISTS:
                return _LISTS[field].format(values.bind(list(wanted), kind + "[]"))
            if len(wanted) == 1:
                return f"{column} = {values.bind(wanted[0], kind)}"
            return f"{column} = ANY({values.bind(list(wanted), kind + '[]')})"
        case Compare(_, operator, value):
            return f"{column} {operator} {values.bind(value, kind)}"
        case Contains(_, text):
            return f"strpos(lower({column}), {values.bind(text, 'text')}) > 0"
        case Empty(field):
            return _NOTHING.get(field, f"{column} IS NULL")


def _own_sql(condition: Plain, key: str, values: Values) -> str:
    """What is asked of a field of a project's own; CASE keeps values of other kinds out of a conversion."""
    named = values.bind(key, "text")
    value, text = f"(t.custom -> {named})", f"(t.custom ->> {named})"
    match condition:
        case OneOf(_, wanted):
            texts = [one for one in wanted if isinstance(one, str)]
            if texts:  # of a text, or of one in a list
                return f"{value} ?| {values.bind(texts, 'text[]')}"
            plain = [msgspec.json.encode(one).decode() for one in wanted]
            return f"{value} = ANY({values.bind(plain, 'jsonb[]')})"
        case Compare(_, operator, date() as bound):
            held = f"""rtrim({text}, 'Z') COLLATE "C" {operator} {values.bind(in_order(bound), "text")}"""
            return f"CASE WHEN {text} ~ '{pattern_of(bound)}' THEN {held} END"
        case Compare(_, operator, bound):
            held = f"{value}::float8 {operator} {values.bind(bound, 'float8')}"
            return f"CASE WHEN jsonb_typeof({value}) = 'number' THEN {held} END"
        case Contains(_, wanted_text):
            held = f"strpos(lower({text}), {values.bind(wanted_text, 'text')}) > 0"
            return f"CASE WHEN jsonb_typeof({value}) = 'string' THEN {held} END"
        case Empty():
            return f"""coalesce({value}, '""') IN ('""', '[]')"""
