"""Accounts as administrators of the deployment see them."""

from datetime import datetime

import msgspec


class User(msgspec.Struct, frozen=True):
    """An account, without anything that could sign in to it."""

    id: str
    email: str
    name: str
    created_at: datetime
    email_verified_at: datetime | None
    disabled_at: datetime | None
    is_administrator: bool
    has_second_factor: bool
    version: int
