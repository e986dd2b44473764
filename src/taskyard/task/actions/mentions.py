"""Whom a text mentions: ``@`` and a person's id, so that no name is stored and a new name shows everywhere."""

import re

from taskyard.kit.ids import is_id
from taskyard.kit.problems import FieldError, InvalidInput, invalid
from taskyard.task.models.comments import MOST_MENTIONS

_MENTION = re.compile(r"(?<![\w@])@([0-9a-f-]{36})(?![\w-])")


def mentioned_in(body: str) -> list[str]:
    """The people a comment's body mentions, each once, in order. Raises InvalidInput when they are too many."""
    found = [name for name in dict.fromkeys(_MENTION.findall(body)) if is_id(name)]
    if len(found) > MOST_MENTIONS:
        raise invalid("/body", f"At most {MOST_MENTIONS} people can be mentioned.")
    return found


def require_mentionable(outsider_ids: list[str]) -> None:
    """Only who sees the project can be mentioned in it. Raises InvalidInput naming each who does not."""
    if outsider_ids:
        errors = [FieldError("/body", f"{person_id} does not see the project.") for person_id in outsider_ids]
        raise InvalidInput("Not everybody who is mentioned sees the project.", errors=errors)
