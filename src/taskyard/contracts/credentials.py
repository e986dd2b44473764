"""What other processes may ask the auth service about credentials that only it can read."""

from typing import Protocol

from taskyard.kit.credentials import Opened


class KeyHolders(Protocol):
    """Whom API keys stand for. Asked by the gateway, once for each key it has not seen."""

    async def open_api_key(self, *, credential: str) -> Opened | None:
        """What a key stands for; None for one that is unknown, expired, revoked or of somebody disabled."""

    async def note_uses(self, *, credential_ids: list[str]) -> None:
        """Remember that keys were used just now; written at most once a minute for each."""
