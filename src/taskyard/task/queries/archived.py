"""Which tasks a list looks at: those that are not archived, unless its query asks about that.

Indexes hold either these or the archived ones, so a list that asks for both walks along two.
"""

from taskyard.contracts.language.tree import AllOf, AnyOf, Condition, Not, OneOf

PRESENT = "t.deleted_at IS NULL"
LIVE = f"{PRESENT} AND t.archived_at IS NULL"
ARCHIVED = f"{PRESENT} AND t.archived_at IS NOT NULL"

_FIELD = "archived"


def looked_at(condition: Condition | None) -> list[str]:
    """What tasks are to be looked at, as conditions that the indexes of one kind have; never none."""
    if condition is None or not _asks(condition):
        return [LIVE]
    met = {LIVE: _can_be(condition, "false", met=True), ARCHIVED: _can_be(condition, "true", met=True)}
    return [kind for kind, can_be_met in met.items() if can_be_met] or [LIVE]


def _asks(condition: Condition) -> bool:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return any(map(_asks, parts))
        case Not(part):
            return _asks(part)
        case _:
            return condition.field == _FIELD


def _can_be(condition: Condition, archived: str, *, met: bool) -> bool:
    """Whether a task that is archived, or not, can meet the condition, or fail it."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            every = isinstance(condition, AllOf) is met
            return (all if every else any)(_can_be(part, archived, met=met) for part in parts)
        case Not(part):
            return _can_be(part, archived, met=not met)
        case OneOf(field, values) if field == _FIELD:
            return (archived in values) is met
        case _:
            return True
