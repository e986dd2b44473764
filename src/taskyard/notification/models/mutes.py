"""What somebody does not want to hear of."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

MuteKind: TypeAlias = Literal["task", "project"]


class Mute(msgspec.Struct, frozen=True):
    """A task or project of which somebody is told nothing, whatever the reason."""

    kind: MuteKind
    subject_id: str
    since: datetime
