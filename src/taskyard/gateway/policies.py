"""How often who may ask for what: the policies, as they are by themselves and as a file of the deployment has them.

The file is TOML. What it does not say stays as it is here; what is wrong in it is told in one line.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

import msgspec

from taskyard.gateway.routes import RouteGroup
from taskyard.kit.ids import is_id
from taskyard.kit.watched_file import FileError

EACH = "each"
"""Of many, those that have no policy of their own."""


class Policy(msgspec.Struct, frozen=True):
    """``quota`` requests at once, replenished evenly over ``window`` seconds."""

    name: str
    quota: int
    window: int
    interval: int = 0
    """Microseconds in which one request comes back."""
    tolerance: int = 0
    """Microseconds that a full bucket is worth."""
    bucket: str = ""
    """How its buckets' names begin. Another quota has other buckets, so that a change helps whoever used theirs up."""

    def __post_init__(self) -> None:
        """Reckon once what every request asks for."""
        interval = self.window * 1_000_000 // self.quota
        msgspec.structs.force_setattr(self, "interval", interval)
        msgspec.structs.force_setattr(self, "tolerance", interval * self.quota)
        msgspec.structs.force_setattr(self, "bucket", f"{{limits}}:{self.name}:{self.quota}:{self.window}:")


PolicyName: TypeAlias = Literal["address", "anonymous", "public", "sign_in", "read", "write"]
POLICIES: Mapping[PolicyName, Policy] = MappingProxyType(
    {
        "address": Policy("address", 2000, 4),  # everything from one address: a whole office, 500 a second
        "anonymous": Policy("anonymous", 200, 10),  # nobody signed in: 20 a second from one address
        "public": Policy("public", 100, 10),  # what everybody may read: 10 a second from one address
        "sign_in": Policy("sign_in", 30, 60),  # where secrets are guessed: 30 a minute from one address
        "read": Policy("read", 400, 4),  # one caller reading: 100 a second
        "write": Policy("write", 200, 4),  # one caller writing: 50 a second
    }
)


class Policies(msgspec.Struct, frozen=True):
    """All policies of a moment. Those beside the classes narrow further, and cost nothing while there are none."""

    classes: Mapping[PolicyName, Policy] = POLICIES
    routes: Mapping[RouteGroup, Policy] = {}
    """For one caller, of what is dearer than the rest."""
    api_keys: Mapping[str, Policy] = {}
    workspaces: Mapping[str, Policy] = {}
    """For all that belongs to a workspace alone: its service accounts together."""
    has_more: bool = False
    """Whether there are any beside the classes."""

    def __post_init__(self) -> None:
        """Decide once what every request asks for."""
        msgspec.structs.force_setattr(self, "has_more", bool(self.routes or self.api_keys or self.workspaces))

    def names(self) -> Iterator[str]:
        """What the policies are called, each as often as it is there."""
        more = chain(self.routes.values(), self.api_keys.values(), self.workspaces.values())
        return (policy.name for policy in chain(self.classes.values(), more))


def policy_of(many: Mapping[str, Policy], one: str) -> Policy | None:
    """The policy for one of many: its own, or that for each."""
    return many.get(one) or many.get(EACH)


class _Rate(msgspec.Struct, forbid_unknown_fields=True):
    quota: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    window: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    classes: dict[PolicyName, _Rate] = {}
    routes: dict[RouteGroup, _Rate] = {}
    api_keys: dict[str, _Rate] = {}
    workspaces: dict[str, _Rate] = {}


def read_policies(content: bytes | None) -> Policies:
    """The policies that a file asks for; None is a file that is not there. Raises FileError."""
    if content is None:
        raise FileError("there is no such file")
    try:
        asked = msgspec.toml.decode(content, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FileError(str(error)) from error
    _require_ids("api_keys", asked.api_keys)
    _require_ids("workspaces", asked.workspaces)
    return Policies(
        {**POLICIES, **{name: Policy(name, rate.quota, rate.window) for name, rate in asked.classes.items()}},
        {group: Policy(group, rate.quota, rate.window) for group, rate in asked.routes.items()},
        {key: Policy("api_key", rate.quota, rate.window) for key, rate in asked.api_keys.items()},
        {one: Policy("workspace", rate.quota, rate.window) for one, rate in asked.workspaces.items()},
    )


def _require_ids(table: str, rates: Mapping[str, object]) -> None:
    for name in rates:
        if name != EACH and not is_id(name):
            raise FileError(f"[{table}] {name}: expected an id in lower case, or {EACH}")
