"""What is found by its words."""

from typing import Literal

import msgspec


class Found(msgspec.Struct, frozen=True):
    """A task, or a comment on one, that a search found.

    ``highlight`` is HTML: a part of the text, escaped, in which what was asked for stands between ``<mark>`` and
    ``</mark>``.
    """

    kind: Literal["task", "comment"]
    id: str
    task_id: str
    key: str
    title: str
    highlight: str
    score: float


class Where(msgspec.Struct, frozen=True):
    """What is looked into: one project or all that the caller sees, and archived tasks too or not."""

    project_id: str | None = None
    is_archive_too: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """What is searched for: for each word the words that will do, and where."""

    words: list[list[str]]
    where: Where = Where()
