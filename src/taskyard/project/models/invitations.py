"""Telling an address that it was invited."""

from datetime import datetime

import msgspec

SEND_INVITATION = "send_invitation"


class Letter(msgspec.Struct, frozen=True):
    """The payload of the job that tells it. It holds no address: that goes when the invitation does."""

    workspace_id: str
    invitation_id: str


class Invited(msgspec.Struct, frozen=True):
    """What an open invitation says: to whom, by whom, into which workspace."""

    email: str
    invited_by: str
    workspace: str
    created_at: datetime
