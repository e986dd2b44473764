"""Identity providers that were deleted, and with them what their groups brought."""

import msgspec

END_GROUPS = "end_groups"


class EndedProvider(msgspec.Struct, frozen=True):
    """The payload of the job that ends the memberships, by whoever deleted the provider."""

    provider_id: str
    actor_id: str | None
