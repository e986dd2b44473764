"""How somebody wants to be told."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.notification import Reason

Delivery: TypeAlias = Literal["now", "digest", "off"]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", description="By the person's clock.")]


class Channels(msgspec.Struct, frozen=True):
    """How somebody is told for one reason: at once, with the next digest, or not."""

    inbox: Delivery
    mail: Delivery


class ChannelsPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A change of it."""

    inbox: Delivery | UnsetType = UNSET
    mail: Delivery | UnsetType = UNSET


class QuietHours(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When no mail leaves for somebody; over midnight when ``start`` is later than ``end``."""

    start: ClockTime
    end: ClockTime


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose; a reason that is missing has its default."""

    reasons: dict[Reason, Channels] = {}
    quiet_hours: QuietHours | None = None
    digest_at: ClockTime = "08:00"

    def channels(self, reason: Reason) -> Channels:
        """How they are told for a reason."""
        return self.reasons.get(reason, DEFAULTS[reason])


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is told, for each reason. Hours are those of ``time_zone``, which is the profile's."""

    reasons: dict[Reason, Channels]
    quiet_hours: QuietHours | None
    digest_at: ClockTime
    time_zone: str
    version: int


class PreferencesPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of preferences: absent fields stay, null clears."""

    reasons: dict[Reason, ChannelsPatch] | UnsetType = UNSET
    quiet_hours: QuietHours | UnsetType | None = UNSET
    digest_at: ClockTime | UnsetType = UNSET


DEFAULTS: dict[Reason, Channels] = {
    "assigned": Channels("now", "now"),
    "mentioned": Channels("now", "now"),
    "commented": Channels("now", "digest"),
    "status_changed": Channels("now", "digest"),
    "invited": Channels("now", "now"),
    "shared": Channels("now", "now"),
    "due_soon": Channels("now", "now"),
    "overdue": Channels("now", "now"),
    "reminder": Channels("now", "now"),
}
