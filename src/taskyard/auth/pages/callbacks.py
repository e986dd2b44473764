"""What every browser that comes back from an identity provider brings: an answer, and the flow it kept."""

from taskyard.auth.actions.federation.flows import Unfit, open_flow
from taskyard.auth.actions.federation.sign_in import read_answer
from taskyard.auth.errors.federation import IdentityRefused
from taskyard.auth.models.federation import Claimed, Flow, FlowAnswer, StoredProvider
from taskyard.auth.pages.provided import SignInDesk
from taskyard.auth.routes.provided import Call
from taskyard.kit.browsers import read_cookie
from taskyard.kit.database import Database
from taskyard.kit.forms import read_query
from taskyard.kit.requests import cause_of


def find_flow(request: Call, desk: SignInDesk, purpose: str) -> Flow | None:
    """The flow that this browser began for a purpose, if it did."""
    try:
        return open_flow(desk.federation.flows, _kept(request, desk), purpose)
    except Unfit:
        return None


async def read_callback(
    request: Call, database: Database, desk: SignInDesk, provider: StoredProvider, purpose: str
) -> Claimed:
    """Who came back. Raises IdentityRefused, for somebody who did not want to as well, and ProviderUnavailable."""
    query = read_query(request.scope)
    if "error" in query:
        raise IdentityRefused
    answer = FlowAnswer(
        purpose=purpose,
        flow_token=_kept(request, desk),
        code=query.get("code", ""),
        state=query.get("state", ""),
        iss=query.get("iss"),
    )
    return await read_answer(database, desk.federation, provider, answer, cause_of(request.scope))


def _kept(request: Call, desk: SignInDesk) -> str:
    return read_cookie(request.scope, desk.forms.flow_cookie) or ""
