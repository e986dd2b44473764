"""Signing in by an identity provider with a program of one's own; browsers have pages for that."""

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.federation.identities import sign_in_as
from taskyard.auth.actions.federation.sign_in import begin, get_provider, read_answer
from taskyard.auth.actions.oauth.addresses import is_registered
from taskyard.auth.actions.second_step import await_second_factor
from taskyard.auth.actions.sessions import start_session
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.models import SecondFactorNeeded, TokenPair
from taskyard.auth.models.federation import (
    FederatedAnswer,
    FederatedBegin,
    FederatedBegun,
    FlowAnswer,
    FlowWish,
    ProviderButtons,
    StoredProvider,
)
from taskyard.auth.queries.identity_providers import list_buttons
from taskyard.auth.routes.provided import SECRET, Call, Federation, Issuer, Signing, Store, client_of
from taskyard.auth.routes.sign_in import token_pair
from taskyard.kit import metrics
from taskyard.kit.http import API
from taskyard.kit.problems import invalid
from taskyard.kit.requests import cause_of

PATH = f"{API}/auth/federated"
ONE = f"{PATH}/{{provider_slug:str}}"
TAGS = ["Sign-in"]
PURPOSE = "api"
Slug = FromPath[str]


@get(PATH, tags=TAGS)
async def list_federated_sign_ins(database: Store) -> ProviderButtons:
    """The identity providers by which people can sign in."""
    return ProviderButtons(await list_buttons(database))


@post(f"{ONE}/begin", tags=TAGS, status_code=200)
async def begin_federated_login(
    provider_slug: Slug, data: JSONBody[FederatedBegin], database: Store, federation: Federation
) -> Response[FederatedBegun]:
    """Begin to sign somebody in by an identity provider: send them to `authorization_url`, and keep `flow_token`.

    `redirect_uri` is one that administrators allow for the provider. 404 where there is no such provider; 503
    `provider_unavailable` when it does not answer.
    """
    provider = await get_provider(database, provider_slug)
    begun = await begin_for_program(federation, provider, PURPOSE, data.redirect_uri)
    return Response(begun, status_code=200, headers=SECRET)


@post(ONE, tags=TAGS, status_code=200)
async def login_by_provider(
    *,
    request: Call,
    provider_slug: Slug,
    data: JSONBody[FederatedAnswer],
    database: Store,
    federation: Federation,
    signing: Signing,
    issuer: Issuer,
) -> Response[TokenPair | SecondFactorNeeded]:
    """Sign in with what the provider sent back: `code`, `state` and `iss` as they stand in the address.

    Where the account has a second factor the answer is `mfa_required`, as after a password. 401 `identity_refused` when
    anything does not fit; 403 `no_account`; 409 `identity_not_linked` when an account has the e-mail address, which
    alone opens none. The Idempotency-Key header is ignored.
    """
    provider, cause = await get_provider(database, provider_slug), cause_of(request.scope)
    answer = FlowAnswer(purpose=PURPOSE, **msgspec.structs.asdict(data))
    claimed = await read_answer(database, federation, provider, answer, cause)
    refresh_token = new_refresh_token()
    async with database.transaction(cause) as tx:
        verified = await sign_in_as(tx, provider, claimed)
        if verified.second_factors:
            needed = await await_second_factor(tx, verified)
        else:
            session = await start_session(tx, verified, client_of(request), refresh_token)
    if verified.second_factors:
        return Response(needed, status_code=200, headers=SECRET)
    metrics.count_sign_in("accepted")
    return Response(token_pair(signing, session, refresh_token, issuer), status_code=200, headers=SECRET)


async def begin_for_program(
    federation: FederationDesk, provider: StoredProvider, purpose: str, redirect_uri: str
) -> FederatedBegun:
    """Where a program sends somebody, to come back where administrators allow it. Raises InvalidInput."""
    if not is_registered(redirect_uri, provider.redirect_uris):
        raise invalid("/redirect_uri", "The provider is not set up to send people there.")
    return await begin(federation, provider, FlowWish(purpose=purpose, redirect_uri=redirect_uri))


HANDLERS: list[HTTPRouteHandler] = [list_federated_sign_ins, begin_federated_login, login_by_provider]
