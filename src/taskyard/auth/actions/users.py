"""What administrators of the deployment do with accounts, and how an account is deleted."""

from datetime import datetime

import msgspec

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.second_factors import remove_all
from taskyard.auth.actions.sessions import end_sessions_of
from taskyard.auth.errors import LastOwner, OwnAccount
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.users import User
from taskyard.auth.permissions import require_administrator
from taskyard.auth.queries import users as queries
from taskyard.contracts.auth import (
    ADMINISTRATOR_GRANTED,
    ADMINISTRATOR_REVOKED,
    PERSON_DELETED,
    PERSON_DISABLED,
    PERSON_ENABLED,
)
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.emails import find_fold
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound


async def list_users(db: Statements, caller: Principal, email: str | None, after: str, limit: int) -> list[User]:
    """Accounts, for administrators alone."""
    await _check(db, caller)
    return await queries.list_users(db, None if email is None else find_fold(email), after, limit)


async def get_user(db: Statements, caller: Principal, user_id: str) -> User:
    """One account, for administrators alone. Raises NotFound."""
    await _check(db, caller)
    user = await queries.find_user(db, user_id) if is_id(user_id) else None
    if user is None:
        raise NotFound
    return user


async def disable_user(tx: Transaction, caller: Principal, user_id: str) -> User:
    """Let somebody in no more: their sessions and keys are refused everywhere within a second. Raises OwnAccount."""
    user = await _load(tx, caller, user_id)
    if user.id == caller.id:
        raise OwnAccount
    if user.disabled_at is not None:
        return user
    disabled = await _store(tx, user, PERSON_DISABLED, disabled_at=clock.now(), is_administrator=user.is_administrator)
    await end_sessions_of(tx, user.id, "disabled")
    return disabled


async def enable_user(tx: Transaction, caller: Principal, user_id: str) -> User:
    """Let somebody in again; they sign in anew."""
    user = await _load(tx, caller, user_id)
    if user.disabled_at is None:
        return user
    return await _store(tx, user, PERSON_ENABLED, disabled_at=None, is_administrator=user.is_administrator)


async def reset_second_factors(tx: Transaction, caller: Principal, user_id: str) -> None:
    """Take the second factors from somebody who has lost them; their sessions end. Raises NotFound without any."""
    await _check(tx, caller)
    if not is_id(user_id):
        raise NotFound
    await remove_all(tx, user_id)
    await end_sessions_of(tx, user_id, "second_factors_reset")


async def delete_user(tx: Transaction, caller: Principal, user_id: str) -> None:
    """Delete somebody's account, as they could themselves. Raises OwnAccount, LastOwner."""
    user = await _load(tx, caller, user_id)
    if user.id == caller.id:
        raise OwnAccount
    await delete_account(tx, user.id)


async def delete_account(tx: Transaction, person_id: str) -> None:
    """Forget who a person is. What they made stays, with their id and no name. Raises LastOwner."""
    owned = await queries.list_workspaces_owned_alone(tx, person_id)
    if owned:
        raise LastOwner(f"Give these workspaces another owner first, or delete them: {', '.join(owned)}.")
    now = clock.now()
    await end_sessions_of(tx, person_id, "deleted")
    await queries.erase_traces(tx, person_id, now)
    version = await queries.erase_person(tx, person_id, now)
    await announce_security(tx, PERSON_DELETED, SecuritySnapshot(person_id, person_id), version=version)


async def set_administrator(tx: Transaction, email: str, *, is_granted: bool) -> bool:
    """Let somebody run this deployment, or no more; False when nobody has the address."""
    user = await queries.find_user_by_email_for_update(tx, find_fold(email))
    if user is None:
        return False
    if user.is_administrator != is_granted:
        event = ADMINISTRATOR_GRANTED if is_granted else ADMINISTRATOR_REVOKED
        await _store(tx, user, event, disabled_at=user.disabled_at, is_administrator=is_granted)
    return True


async def _check(db: Statements, caller: Principal) -> None:
    require_administrator(is_administrator=await queries.is_administrator(db, caller.id))


async def _load(tx: Transaction, caller: Principal, user_id: str) -> User:
    await _check(tx, caller)
    user = await queries.find_user_for_update(tx, user_id) if is_id(user_id) else None
    if user is None:
        raise NotFound
    return user


async def _store(
    tx: Transaction, user: User, event: str, *, disabled_at: datetime | None, is_administrator: bool
) -> User:
    changed = msgspec.structs.replace(
        user, disabled_at=disabled_at, is_administrator=is_administrator, version=user.version + 1
    )
    await queries.update_user(tx, changed, clock.now())
    await announce_security(tx, event, SecuritySnapshot(user.id, user.id), version=changed.version)
    return changed
