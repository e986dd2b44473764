"""Getting no more mail, by the link in each mail: one click, without signing in (RFC 8058)."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from taskyard.kit.requests import cause_of
from taskyard.notification.actions.preferences import stop_mail
from taskyard.notification.mail.links import PATH, UnsubscribeLinks
from taskyard.notification.mail.writing import write_page
from taskyard.notification.queries.mails import find_locale
from taskyard.notification.routes.provided import Call, Store

TAGS = ["Notification preferences"]

Links = NamedDependency[SkipValidation[UnsubscribeLinks]]
Token = Annotated[str, QueryParameter(max_length=100, description="What the link in a mail holds.")]


@get(PATH, tags=TAGS)
async def ask_to_unsubscribe(database: Store, links: Links, token: Token) -> Response[str]:
    """Ask a person who followed the link of a mail. Changes nothing, because mail programs look at links, too."""
    locale = await find_locale(database, links.read(token))
    return _page(write_page(locale, "ask", token))


@post(PATH, tags=TAGS, status_code=200)
async def unsubscribe(request: Call, database: Store, links: Links, token: Token) -> Response[str]:
    """Send a person no more mail, whatever the reason. Their preferences turn it on again."""
    person_id = links.read(token)
    async with database.transaction(msgspec.structs.replace(cause_of(request.scope), actor_id=person_id)) as tx:
        await stop_mail(tx, person_id)
    return _page(write_page(await find_locale(database, person_id), "done"))


def _page(text: str) -> Response[str]:
    return Response(text, media_type="text/html", headers={"Cache-Control": "no-store"})


HANDLERS = [ask_to_unsubscribe, unsubscribe]
