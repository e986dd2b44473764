"""API keys: how programs act for a person or a service account, within limits that only narrow what these may do."""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import ip_network

import msgspec
from msgspec import UNSET

from taskyard.auth.errors import TooManyApiKeys
from taskyard.auth.models import ApiKey, ApiKeyPatch, ApiKeySnapshot, IssuedApiKey, KeyOwner, NewApiKey
from taskyard.auth.permissions import require_scopes_within
from taskyard.auth.queries import api_keys as queries
from taskyard.contracts.auth import API_KEY_CREATED, API_KEY_REVOKED, API_KEY_ROTATED, API_KEY_UPDATED
from taskyard.contracts.scopes import SCOPES
from taskyard.kit import clock
from taskyard.kit.api_keys import Mode, NewKey, id_of_key, make_key
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.credentials import Opened
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.text import clean_line

MOST_KEYS = 100
"""Of one owner."""
KeyOf = tuple[KeyOwner, str]
"""A key, named by its owner and id."""
USE_WRITTEN_EVERY = timedelta(minutes=1)


class KeySecrets:
    """Makes the secret half of keys, of which only an HMAC is stored, under a key that no database holds."""

    def __init__(self, pepper: bytes, mode: Mode) -> None:
        self._pepper = pepper
        self._mode = mode

    def make(self, key_id: str) -> NewKey:
        """A fresh secret for a key."""
        return make_key(key_id, self._mode)

    def hmac_of(self, secret: str) -> bytes:
        """What is stored of a secret."""
        return hmac.digest(self._pepper, secret.encode(), hashlib.sha256)


def oneself(caller: Principal) -> KeyOwner:
    """The caller as the owner of keys."""
    return KeyOwner(caller.id)


async def create_api_key(
    tx: Transaction, caller: Principal, owner: KeyOwner, new: NewApiKey, secrets: KeySecrets
) -> IssuedApiKey:
    """A new key of an owner the caller may give keys. Raises TooManyApiKeys, InvalidInput and PermissionDenied."""
    if await queries.count_api_keys(tx, owner.id) >= MOST_KEYS:
        raise TooManyApiKeys
    now, key_id = clock.now(), new_id()
    made = secrets.make(key_id)
    key = ApiKey(
        id=key_id,
        name=clean_line("/name", new.name),
        prefix=made.prefix,
        scopes=_known(caller, new.scopes),
        project_ids=new.project_ids,
        ip_allow=_networks(new.ip_allow),
        owner_id=owner.id,
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        expires_at=_future(new.expires_at),
        last_used_at=None,
        replaced_by=None,
        is_strong=caller.is_strong,
        version=1,
    )
    await queries.insert_api_key(tx, key, owner.kind, secrets.hmac_of(made.secret))
    await announce(tx, _change(API_KEY_CREATED, owner, key))
    return _issued(key, made)


async def get_api_key(db: Statements, owner: KeyOwner, key_id: str, *, lock: bool = False) -> ApiKey:
    """A key of an owner. Raises NotFound."""
    key = await queries.find_api_key(db, key_id, owner.id, lock=lock) if is_id(key_id) else None
    if key is None:
        raise NotFound
    return key


async def update_api_key(
    tx: Transaction, caller: Principal, key_of: KeyOf, patch: ApiKeyPatch, expected: int | None
) -> ApiKey:
    """Change what a key is called or limited to; it bites within a second. What stays the same makes no version."""
    owner, key_id = key_of
    before = await get_api_key(tx, owner, key_id, lock=True)
    require_version(expected, before.version)
    after = _patched(caller, before, patch)
    if after == before:
        return before
    after = _next(after)
    await queries.update_api_key(tx, after)
    await announce(tx, _change(API_KEY_UPDATED, owner, after, before))
    return after


async def rotate_api_key(
    tx: Transaction, caller: Principal, key_of: KeyOf, overlap: timedelta, secrets: KeySecrets
) -> IssuedApiKey:
    """A new key with the limits of an old one, which ends after the overlap."""
    owner, key_id = key_of
    old = await get_api_key(tx, owner, key_id, lock=True)
    require_scopes_within(caller, old.scopes)
    now, successor_id = clock.now(), new_id()
    made = secrets.make(successor_id)
    successor = msgspec.structs.replace(
        old,
        id=successor_id,
        prefix=made.prefix,
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        last_used_at=None,
        is_strong=caller.is_strong,
        version=1,
    )
    ends_at = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
    retiring = _next(msgspec.structs.replace(old, expires_at=ends_at, replaced_by=successor_id))
    await queries.insert_api_key(tx, successor, owner.kind, secrets.hmac_of(made.secret))
    await queries.update_api_key(tx, retiring)
    await announce(tx, _change(API_KEY_CREATED, owner, successor))
    await announce(tx, _change(API_KEY_ROTATED, owner, retiring, old))
    return _issued(successor, made)


async def revoke_api_key(tx: Transaction, key_of: KeyOf, expected: int | None) -> None:
    """End a key; it is refused everywhere within a second."""
    owner, key_id = key_of
    key = await get_api_key(tx, owner, key_id, lock=True)
    require_version(expected, key.version)
    ended = _next(key)
    await queries.revoke_api_key(tx, ended)
    await announce(tx, _change(API_KEY_REVOKED, owner, ended))


class KeyHoldersOfAuth:
    """Answers whom keys stand for (contracts.credentials.KeyHolders)."""

    def __init__(self, database: Database, secrets: KeySecrets) -> None:
        self._database = database
        self._secrets = secrets

    async def open_api_key(self, *, credential: str) -> Opened | None:
        """What a key stands for; None for one that is unknown, expired, revoked or of somebody disabled."""
        key_id = id_of_key(credential)
        stored = await queries.find_key_to_open(self._database, key_id) if key_id else None
        if stored is None or not hmac.compare_digest(stored.secret_hmac, self._secrets.hmac_of(credential)):
            return None
        key = stored.key
        if key.expires_at is not None and key.expires_at <= clock.now():
            return None
        principal = Principal(
            id=key.owner_id,
            kind="person" if stored.owner_kind == "person" else "service_account",
            credential_id=key.id,
            is_strong=key.is_strong,
            workspace_id=stored.workspace_id,
            scopes=frozenset(key.scopes),
            project_ids=None if key.project_ids is None else frozenset(key.project_ids),
            expires_at=None if key.expires_at is None else int(key.expires_at.timestamp()),
        )
        return Opened(principal=principal, version=key.version, networks=tuple(key.ip_allow))

    async def note_uses(self, *, credential_ids: list[str]) -> None:
        """Remember that keys were used just now; written at most once a minute for each."""
        now = clock.now()
        known = [name for name in credential_ids if is_id(name)]
        await queries.note_uses(self._database, known, now, now - USE_WRITTEN_EVERY)


def _patched(caller: Principal, key: ApiKey, patch: ApiKeyPatch) -> ApiKey:
    changes: dict[str, object] = {}
    if patch.name is not UNSET:
        changes["name"] = clean_line("/name", patch.name)
    if patch.scopes is not UNSET:
        changes["scopes"] = _known(caller, patch.scopes)
    if patch.ip_allow is not UNSET:
        changes["ip_allow"] = _networks(patch.ip_allow)
    if patch.project_ids is not UNSET:
        changes["project_ids"] = patch.project_ids
    if patch.expires_at is not UNSET:
        changes["expires_at"] = _future(patch.expires_at)
    return msgspec.structs.replace(key, **changes)


def _known(caller: Principal, scopes: list[str]) -> list[str]:
    """The scopes in order, each once. Raises InvalidInput for one that does not exist."""
    for place, scope in enumerate(scopes):
        if scope not in SCOPES:
            raise invalid(f"/scopes/{place}", f"There is no scope {scope!r}.")
    require_scopes_within(caller, scopes)
    return sorted(set(scopes))


def _networks(texts: list[str]) -> list[str]:
    found = []
    for place, text in enumerate(texts):
        try:
            found.append(str(ip_network(text)))
        except ValueError:
            raise invalid(f"/ip_allow/{place}", "This is no network such as 192.0.2.0/24 or 2001:db8::/32.") from None
    return found


def _future(at: datetime | None) -> datetime | None:
    if at is not None and at <= clock.now():
        raise invalid("/expires_at", "This instant has passed.")
    return at


def _next(key: ApiKey) -> ApiKey:
    return msgspec.structs.replace(key, version=key.version + 1, updated_at=max(clock.now(), key.updated_at))


def _issued(key: ApiKey, made: NewKey) -> IssuedApiKey:
    return IssuedApiKey(**msgspec.structs.asdict(key), secret=made.secret)


def _change(event: str, owner: KeyOwner, key: ApiKey, before: ApiKey | None = None) -> Change:
    """An event about a key, for its owner alone, without what it is called and where it is used.

    Of a service account it is in the trail of its workspace.
    """
    data = _snapshot(key)
    return Change(
        type=event,
        resource_id=key.id,
        version=key.version,
        data=data,
        changes=changed_fields(_snapshot(before), data) if before else {},
        workspace_id=owner.workspace_id,
        audience_id=key.owner_id,
    )


def _snapshot(key: ApiKey) -> ApiKeySnapshot:
    return ApiKeySnapshot(
        id=key.id,
        owner_id=key.owner_id,
        scopes=key.scopes,
        project_ids=key.project_ids,
        expires_at=key.expires_at,
        replaced_by=key.replaced_by,
        version=key.version,
    )
