"""Sign-ins that are on their way: what the provider is asked, and whether its answer belongs to that.

A flow has no row, so that strangers cannot fill a table by asking: whoever begins it keeps it, sealed, in a cookie of
their browser or in their program. State, nonce and PKCE (RFC 7636) bind the answer to it.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from taskyard.auth.actions.federation.discovery import Metadata
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.models.federation import FederatedBegun, Flow, FlowAnswer, FlowWish, StoredProvider
from taskyard.auth.queries.passkeys import use_challenge
from taskyard.kit import clock
from taskyard.kit.database import Statements
from taskyard.kit.sealing import SealBroken, Sealer

LIFETIME = timedelta(minutes=10)
LONGEST_RETURN = 2_000
"""A cookie holds no more than that besides."""
_CONTEXT = "federated-flow"


class Unfit(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """What came back does not belong to the sign-in that was begun, or is not what it must be; a word says which."""


def begin_flow(sealer: Sealer, provider: StoredProvider, metadata: Metadata, wish: FlowWish) -> FederatedBegun:
    """Where to send the person, and the flow to keep."""
    flow = Flow(
        purpose=wish.purpose,
        provider_id=provider.id,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=wish.redirect_uri,
        return_to=wish.return_to if len(wish.return_to) <= LONGEST_RETURN else "",
        expires_at=int((clock.now() + LIFETIME).timestamp()),
        began_at=int(clock.now().timestamp()) if wish.is_again else None,
    )
    sealed = urlsafe_b64encode(sealer.seal(msgspec.json.encode(flow), _CONTEXT)).decode()
    return FederatedBegun(
        authorization_url=_question(provider, metadata, flow, is_again=wish.is_again),
        flow_token=sealed,
        expires_in=int(LIFETIME.total_seconds()),
    )


def open_flow(sealer: Sealer, token: str, purpose: str) -> Flow:
    """The flow that somebody kept. Raises Unfit when it is not ours, is over, or was begun for something else."""
    try:
        flow = msgspec.json.decode(sealer.open(urlsafe_b64decode(token.encode()), _CONTEXT), type=Flow)
    except (SealBroken, ValueError) as error:
        raise Unfit("flow") from error
    if flow.purpose != purpose or flow.expires_at <= clock.now().timestamp():
        raise Unfit("flow")
    return flow


async def use_flow(db: Statements, flow: Flow) -> None:
    """Let a flow be answered no more. Raises Unfit when it was."""
    expires_at = datetime.fromtimestamp(flow.expires_at, UTC)
    if not await use_challenge(db, hash_of(flow.state), expires_at):
        raise Unfit("repeated")


def require_fitting(flow: Flow, answer: FlowAnswer, provider: StoredProvider, metadata: Metadata) -> None:
    """Refuse an answer to another question, or by another provider (RFC 9207). Raises Unfit."""
    if not hmac.compare_digest(flow.state.encode(), answer.state.encode()):
        raise Unfit("state")
    if flow.provider_id != provider.id:
        raise Unfit("provider")
    if answer.iss is None and metadata.authorization_response_iss_parameter_supported:
        raise Unfit("issuer")
    if answer.iss is not None and answer.iss != provider.issuer:
        raise Unfit("issuer")


def _question(provider: StoredProvider, metadata: Metadata, flow: Flow, *, is_again: bool) -> str:
    challenge = urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).decode().rstrip("=")
    fields = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": flow.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if is_again:  # more than a cookie at the provider must show who it is
        fields |= {"prompt": "login", "max_age": "0"}
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{joint}{urlencode(fields)}"
