"""Devices that somebody signed in with before. A sign-in with any other is told by mail, which nobody can turn off."""

from datetime import datetime, timedelta

from taskyard.auth.actions.letters import tell_of_sign_in
from taskyard.auth.actions.signing_keys import hash_of, new_refresh_token
from taskyard.auth.models import Client, LiveSession
from taskyard.auth.queries import known_devices as queries
from taskyard.kit.database import Transaction

LIFETIME = timedelta(days=365)
"""A device that was not used for so long is known no more."""
NEWCOMER = timedelta(hours=1)
"""So long after registering, the first device needs no mail."""
LATELY = timedelta(days=1)
"""So long a sign-in from one address with one program is no news again: not every program keeps the secret."""
MOST = 50


async def recognise_device(tx: Transaction, session: LiveSession, client: Client) -> str | None:
    """The secret for a device to keep that is known from now on; None for one that was known."""
    person_id, now = session.person_id, session.started_at
    if client.device_token and await queries.touch_device(tx, person_id, hash_of(client.device_token), now):
        return None
    if await queries.is_news(tx, person_id, client, now - NEWCOMER, now - LATELY):
        await tell_of_sign_in(tx, person_id, session.id)
    return await _remember(tx, person_id, client, now)


async def _remember(tx: Transaction, person_id: str, client: Client, now: datetime) -> str:
    token = new_refresh_token()
    await queries.insert_device(tx, person_id, hash_of(token), client, now)
    await queries.delete_surplus_devices(tx, person_id, MOST)
    return token
