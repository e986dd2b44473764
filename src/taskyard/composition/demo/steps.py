"""The words of a plan: who does what to which task, and when."""

from datetime import datetime
from typing import Literal

import msgspec

Verb = Literal["create", "change", "comment", "edit", "withdraw", "delete", "restore", "read"]
Fields = dict[str, str | float | list[str] | None]


class Step(msgspec.Struct, frozen=True, order=True):
    """One request of one person.

    People are named by nick, projects by key, tasks and comments by their place in the plan, until they have ids.
    ``fields`` are the body of the request.
    """

    at: datetime
    order: int
    who: str = msgspec.field(default="")
    verb: Verb = "read"
    task: int = -1
    comment: int = -1
    fields: Fields = {}


class Plan(msgspec.Struct, frozen=True):
    """Everything that happens, in order of time, from the founding of the company to the end."""

    start: datetime
    end: datetime
    steps: list[Step]
