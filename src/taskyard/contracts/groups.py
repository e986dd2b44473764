"""What the auth service tells of people's groups elsewhere, for the project service to follow."""

import msgspec

GROUPS_CLAIMED = "identity.groups_claimed.v1"
"""A provider said, when somebody signed in, in which groups they are; or they are nobody there any more."""


class GroupGrant(msgspec.Struct, frozen=True):
    """A role in a workspace that a group brings, by the rights of ``granted_by``."""

    workspace_id: str
    role: str
    granted_by: str


class GroupsClaimed(msgspec.Struct, frozen=True):
    """All that a provider's groups bring a person now; what they brought before and is missing has ended."""

    person_id: str
    provider_id: str
    grants: tuple[GroupGrant, ...]
