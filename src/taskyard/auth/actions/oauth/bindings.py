"""What binds a client to a service account, as which it acts when it acts for itself."""

from taskyard.auth.errors import ClientBound, NotForItself
from taskyard.auth.models import KeyOwner
from taskyard.auth.models.oauth import CLIENT_CREDENTIALS, Binding, BindingSnapshot, NewBinding, RegisteredClient
from taskyard.auth.queries import bindings as queries
from taskyard.auth.queries.bindings import Bound
from taskyard.auth.queries.oauth_clients import find_client_for_update, lock_client
from taskyard.contracts.auth import OAUTH_CLIENT_BOUND, OAUTH_CLIENT_UNBOUND
from taskyard.contracts.scopes import SCOPES
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce
from taskyard.kit.database import Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid


async def bind_client(tx: Transaction, caller: Principal, owner: KeyOwner, client_id: str, new: NewBinding) -> Binding:
    """Let a client of the caller's act as a service account that they may give keys.

    Another binding to the same account is replaced, and with it its tokens. Raises NotFound, NotForItself, ClientBound
    and InvalidInput.
    """
    client = await find_client_for_update(tx, client_id, caller.id) if is_id(client_id) else None
    if client is None:
        raise NotFound
    if client.secret_hash is None or CLIENT_CREDENTIALS not in client.grant_types:
        raise NotForItself
    scopes = _scopes_of(client, new.scopes)
    bound = await queries.find_binding(tx, client.id)
    if bound is not None:
        if bound.binding.account_id == owner.id and bound.binding.scopes == scopes:
            return bound.binding
        if bound.binding.account_id != owner.id and bound.workspace_id is not None:
            raise ClientBound
        await _end(tx, bound)
    binding = Binding(
        id=new_id(),
        client_id=client.id,
        client_name=client.name,
        account_id=owner.id,
        scopes=scopes,
        created_by=caller.id,
        created_at=clock.now(),
    )
    await queries.insert_binding(tx, binding)
    changes = {"client_id": FieldChange(None, client.id), "scopes": FieldChange(None, scopes)}
    await announce(tx, _change(OAUTH_CLIENT_BOUND, binding, owner.workspace_id, changes))
    return binding


async def unbind_client(tx: Transaction, owner: KeyOwner, client_id: str) -> None:
    """Let a client act as the service account no more. Raises NotFound."""
    bound = await _lock(tx, client_id) if is_id(client_id) else None
    if bound is None or bound.binding.account_id != owner.id:
        raise NotFound
    await _end(tx, bound)


async def end_binding(tx: Transaction, client_id: str) -> None:
    """End what a client is bound to, if anything; the client is locked."""
    bound = await queries.find_binding(tx, client_id)
    if bound is not None:
        await _end(tx, bound)


async def _lock(tx: Transaction, client_id: str) -> Bound | None:
    """What a client is bound to, with the client locked, so that nobody binds it meanwhile."""
    await lock_client(tx, client_id)
    return await queries.find_binding(tx, client_id)


async def _end(tx: Transaction, bound: Bound) -> None:
    binding = bound.binding
    await queries.end_binding(tx, binding.id, clock.now())
    changes = {"client_id": FieldChange(binding.client_id, None), "scopes": FieldChange(binding.scopes, None)}
    await announce(tx, _change(OAUTH_CLIENT_UNBOUND, binding, bound.workspace_id, changes, version=2))


def _scopes_of(client: RegisteredClient, asked: list[str]) -> list[str]:
    """The scopes in order, each once. Raises InvalidInput for one of no program, or that the client may not ask for."""
    for place, scope in enumerate(asked):
        if scope not in SCOPES or scope not in client.scopes:
            raise invalid(f"/scopes/{place}", f"The client may not have the scope {scope!r} for itself.")
    return sorted(set(asked))


def _change(
    event: str, binding: Binding, workspace_id: str | None, changes: dict[str, FieldChange], *, version: int = 1
) -> Change:
    """An event about a binding, for the account alone, and in the trail of its workspace."""
    data = BindingSnapshot(
        id=binding.id, client_id=binding.client_id, account_id=binding.account_id, scopes=binding.scopes
    )
    return Change(
        type=event,
        resource_id=binding.id,
        version=version,
        data=data,
        changes=changes,
        workspace_id=workspace_id,
        audience_id=binding.account_id,
    )
