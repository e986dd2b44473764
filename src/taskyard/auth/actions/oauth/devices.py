"""Devices without a browser: they show a code, a person types it elsewhere and decides (RFC 8628)."""

import secrets
from datetime import timedelta
from typing import Literal

from taskyard.auth.actions.login_attempts import give_back, keep_counted, reserve_guess
from taskyard.auth.actions.oauth.authorization import grant_of, hash_of_handle
from taskyard.auth.actions.oauth.tokens import Outcome, begin_session
from taskyard.auth.errors.oauth import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    OAuthProblem,
    SlowDown,
)
from taskyard.auth.models import Client
from taskyard.auth.models.oauth import DeviceCodes, Grant, RegisteredClient
from taskyard.auth.queries import oauth_devices as queries
from taskyard.auth.queries.oauth_devices import PolledDevice, WaitingDevice
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound

LIFETIME = timedelta(minutes=10)
PAUSE_SECONDS = 5
GUESSES = 5
"""Wrong codes that a person may type within five minutes."""
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants, so that no word comes out; eight of them are 34 bits, which live ten minutes (RFC 8628, 5.1)."""
_CODE_LENGTH = 8


async def begin_device(
    tx: Transaction, client: RegisteredClient, scopes: tuple[str, ...], resource: str | None, page: str
) -> DeviceCodes:
    """Let a device wait for somebody's word."""
    device_code = secrets.token_urlsafe(32)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    values = (
        *(hash_of_handle(device_code), hash_of_handle(user_code), client.id),
        *(list(scopes), resource, clock.now() + LIFETIME, PAUSE_SECONDS),
    )
    await queries.insert_device(tx, values)
    shown = f"{user_code[:4]}-{user_code[4:]}"
    return DeviceCodes(
        device_code=device_code,
        user_code=shown,
        verification_uri=page,
        verification_uri_complete=f"{page}?user_code={shown}",
        expires_in=int(LIFETIME.total_seconds()),
        interval=PAUSE_SECONDS,
    )


async def find_device(tx: Statements, visitor: Principal, user_code: str) -> WaitingDevice | None:
    """The device that shows a code; None, and one guess less, when there is none. Raises TooManyAttempts."""
    guess = await reserve_guess(tx, f"device:{visitor.id}", GUESSES)
    found = await queries.find_waiting_device(tx, hash_of_handle(plain(user_code)), clock.now())
    await (keep_counted(tx, guess) if found is None else give_back(tx, guess))
    return found


async def decide(tx: Transaction, visitor: Principal, user_code: str, decision: Literal["allowed", "denied"]) -> None:
    """Store what a person decided. Raises NotFound when the device waits no more."""
    grant = grant_of("", [], None, visitor)
    if not await queries.decide_device(tx, hash_of_handle(plain(user_code)), decision, grant, clock.now()):
        raise NotFound


async def poll(tx: Transaction, client: RegisteredClient, device_code: str, caller: Client) -> Outcome:
    """The session a device's code becomes. Raises ExpiredToken, AccessDenied and InvalidGrant."""
    device_hash, now = hash_of_handle(device_code), clock.now()
    device = await queries.find_device_for_update(tx, device_hash, client.id)
    if device is None or device.used_at is not None:
        raise InvalidGrant
    if device.expires_at <= now:
        raise ExpiredToken
    if device.decision == "denied":
        raise AccessDenied
    if device.person_id is None or device.signed_in_at is None:
        return await _wait(tx, device_hash, device)
    await queries.use_device(tx, device_hash, now)
    grant = Grant(
        client_id=client.id,
        person_id=device.person_id,
        login_id=None,
        signed_in_at=device.signed_in_at,
        scopes=device.scopes,
        resource=device.resource,
    )
    return await begin_session(tx, client, new_id(), grant, caller)


def plain(user_code: str) -> str:
    """A code as it is compared: typed in any case, with or without blanks and hyphens."""
    return "".join(letter for letter in user_code.upper() if letter in _LETTERS)


async def _wait(tx: Transaction, device_hash: bytes, device: PolledDevice) -> OAuthProblem:
    """Nobody has decided; whoever asks too often must ask less often from now on."""
    now, pause = clock.now(), timedelta(seconds=device.pause_seconds)
    is_too_often = device.polled_at is not None and now - device.polled_at < pause
    longer = PAUSE_SECONDS if is_too_often else 0
    await queries.note_poll(tx, device_hash, now, device.pause_seconds + longer)
    return SlowDown() if is_too_often else AuthorizationPending()
