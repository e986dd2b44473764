"""The short way to a handler answers as Litestar's own way does, and is taken where it can be."""

from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from litestar.types import ASGIApp

from taskyard.kit.asgi import Receive, Reply, Scope, Send, ask
from taskyard.kit.http import build_service
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import NotFound

SOMEBODY = Principal(id="01890000-0000-7000-8000-000000000000")
Caller = NamedDependency[Principal]
Greeting = NamedDependency[str]


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A body."""

    words: Annotated[str, msgspec.Meta(max_length=10)]


@get("/wishes")
async def list_wishes(caller: Caller, length: Annotated[int, QueryParameter(ge=1)] = 5) -> dict[str, object]:
    """A query with a default."""
    return {"of": caller.id, "length": length}


@get("/wishes/new")
async def get_template(greeting: Greeting) -> str:
    """A name where another route has a variable."""
    return greeting


@get("/wishes/{name:str}")
async def get_wish(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[dict[str, str]]:
    """A variable, and an answer with headers."""
    if name == "gone":
        raise NotFound
    if name == "odd":
        raise HTTPException(status_code=405, detail="Not like this.")
    if name == "bug":
        raise ZeroDivisionError
    return Response({"name": name, "method": request.method}, headers={"ETag": '"1"'}, status_code=203)


@post("/wishes/{name:str}/words")
async def add_words(name: FromPath[str], data: JSONBody[Wish]) -> dict[str, str]:
    """A body."""
    return {name: data.words}


@get("/short/{code:str}")
async def get_code(code: Annotated[str, PathParameter(max_length=3)]) -> str:
    """A variable that is checked."""
    return code


@get("/streams/{kind:str}")
async def open_stream(kind: FromPath[str]) -> ASGIApp:
    """An answer that fails before or after it has begun."""

    async def stream(_scope: Any, _receive: Any, send: Any) -> None:
        if kind == "late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise NotFound

    return stream


@pytest.fixture(scope="module")
def app() -> Litestar:
    handlers = [list_wishes, get_template, get_wish, add_words, get_code, open_stream]
    return build_service(title="test", handlers=handlers, provided={"greeting": "hello"})


def the_long_way(app: Litestar) -> Any:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await Litestar.__call__(app, scope, receive, send)  # type: ignore[arg-type] # the scope of `ask`

    return call


async def get_answer(app: Any, line: str, body: bytes, *, caller: Principal | None = SOMEBODY) -> Reply:
    method, target = line.split()
    path, _, query = target.partition("?")
    state = {PRINCIPAL: caller, "query_string": query.encode()}
    return await ask(app, path, state.items(), method=method, content=body)


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("GET /wishes", b"", 200),
        ("GET /wishes?length=7", b"", 200),
        ("GET /wishes?length=0", b"", 422),
        ("GET /wishes?wide=1", b"", 422),
        ("GET /wishes/", b"", 200),
        ("GET /wishes/new", b"", 200),
        ("GET /wishes/peace", b"", 203),
        ("GET /wishes/peace/", b"", 203),
        ("GET /wishes/gone", b"", 404),
        ("GET /wishes/odd", b"", 405),
        ("GET /wishes/bug", b"", 500),
        ("DELETE /wishes/peace", b"", 405),
        ("GET /hopes", b"", 404),
        ("GET /wishes/peace/words/all", b"", 404),
        ("POST /wishes/peace/words", b'{"words": "now"}', 201),
        ("POST /wishes/peace/words", b'{"words": "not in this world"}', 422),
        ("POST /wishes/peace/words", b'{"wrds": "now"}', 422),
        ("POST /wishes/peace/words", b"{", 400),
        ("POST /wishes/peace/words", b"", 422),
        ("GET /short/abc", b"", 200),
        ("GET /streams/early", b"", 404),
        ("GET /short/abcd", b"", 422),
    ],
)
async def test_both_ways_answer_alike(app: Litestar, line: str, body: bytes, status: int) -> None:
    direct = await get_answer(app, line, body)

    assert direct.status == status
    assert direct == await get_answer(the_long_way(app), line, body)


async def test_nobody_is_refused_before_anything_else(app: Litestar) -> None:
    assert (await get_answer(app, "GET /wishes", b"", caller=None)).status == 401
    assert (await get_answer(app, "GET /wishes?wide=1", b"", caller=None)).status == 401


async def test_usual_requests_do_not_go_through_the_router(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> None:
        raise AssertionError("the long way was taken")

    monkeypatch.setattr(app, "asgi_handler", lost)

    for line, body in (
        ("GET /wishes?length=7", b""),
        ("GET /wishes/peace", b""),
        ("POST /wishes/a/words", b'{"words":""}'),
    ):
        assert (await get_answer(app, line, body)).status < 300


async def test_what_fails_amid_an_answer_ends_it(app: Litestar) -> None:
    with pytest.raises(NotFound):
        await get_answer(app, "GET /streams/late", b"")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/wishes/new", "GET, HEAD, OPTIONS"),
        ("/wishes/peace/words", "OPTIONS, POST"),
        ("/wishes/peace/words/", "OPTIONS, POST"),
    ],
)
async def test_a_path_says_what_may_be_asked_for(app: Litestar, path: str, allowed: str) -> None:
    for method, status in (("OPTIONS", 204), ("DELETE", 405)):
        answer = await get_answer(app, f"{method} {path}", b"")
        assert (answer.status, dict(answer.headers)[b"allow"].decode()) == (status, allowed)


async def test_of_a_path_that_there_is_not_nothing_may_be_asked(app: Litestar) -> None:
    assert (await get_answer(app, "OPTIONS /hopes", b"")).status == 404
