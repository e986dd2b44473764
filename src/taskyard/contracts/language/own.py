"""Values of the fields of projects' own. What one is shows in its form, for a query may look into many projects.

Days and instants are texts whose order is that of time, so both back ends compare them as texts: one that only looks
like a day is then compared like any other instead of failing a whole statement.
"""

import re
from datetime import UTC, date, datetime

PREFIX = "cf."
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$"
"""How ``taskyard.contracts.fields`` stores them; PostgreSQL and Python read these patterns alike."""
_KEY = re.compile(r"cf\.([a-z][a-z0-9_]{0,59})")


def find_key(name: str) -> str | None:
    """Under which key tasks hold the value, if the name is one of a field of a project's own."""
    found = _KEY.fullmatch(name)
    return None if found is None else found[1]


def pattern_of(bound: date) -> str:
    """The form of the values that are compared with a day, or with an instant."""
    return INSTANT if isinstance(bound, datetime) else DAY


def in_order(bound: date) -> str:
    """A day, or an instant in UTC, as the text by which it is compared; an instant without its Z."""
    if isinstance(bound, datetime):
        return bound.astimezone(UTC).replace(tzinfo=None).isoformat()
    return bound.isoformat()


def value_in_order(value: str, bound: date) -> str | None:
    """The same of a value; None for one of another form."""
    return None if re.fullmatch(pattern_of(bound), value) is None else value.rstrip("Z")
