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


class Wanted(msgspec.Struct, frozen=True):
    """What is searched for: for each word the words that will do, and where."""

    words: list[list[str]]
    project_id: str | None = None
