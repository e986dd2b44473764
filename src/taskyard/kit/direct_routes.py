"""The short way to a handler: by Litestar's own way a request costs 50 us more.

It is for what nearly every request is: a known method and path, and arguments that need no conversion. All else goes
Litestar's way, which also says what is wrong with it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from taskyard.kit.asgi import App, Message, Receive, Scope, Send
from taskyard.kit.whole_request import WholeRequest

CallerOf: TypeAlias = Callable[[Request[Any, Any, Any]], object]


class DirectRoute:
    """One handler, and what is known of its arguments before there is a request."""

    def __init__(self, routes: "DirectRoutes", route: HTTPRoute, method: Any) -> None:
        self._app = routes.app
        self._caller_of = routes.caller_of
        self._route = route
        self._handler, self._model = route.route_handler_map[method]
        names = self._handler.parsed_fn_signature.parameters
        self._fixed = {query.field_name: query.default for query in self._model.expected_query_params}
        self._fixed |= {name: value for name, value in routes.provided.items() if name in names}
        self._takes_caller = "caller" in names
        self._takes_request = "request" in names
        self._takes_data = "data" in names
        self._takes_text = all(_is_text(names[path.field_name]) for path in self._model.expected_path_params)
        self._takes_no_query = not any(query.is_required for query in self._model.expected_query_params)
        self._answering = self._handler.get_response_handler(is_response_type_data=True)
        self._encoding = self._handler.get_response_handler(is_response_type_data=False)
        self.variables = [part.name for part in route.path_components if not isinstance(part, str)]

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with the handler, response and refusals that Litestar would take."""
        scope["app"] = scope["litestar_app"] = self._app
        scope["route_handler"], scope["path_template"] = self._handler, self._route.path_format
        request = WholeRequest(scope, receive, send)  # type: ignore[arg-type] # a scope of ours is a plain mapping
        begun = _Begun(send)
        try:
            await (await self._respond(request))(scope, receive, begun)
        except Exception as error:  # each has a handler, and who wrote none gets that of a bug
            if begun.is_so:
                raise
            await _refusal(self._handler, request, error)(scope, receive, send)

    async def _respond(self, request: WholeRequest) -> App:
        is_plain = self._takes_text and self._takes_no_query and not request.scope["query_string"]
        if not is_plain or (self._takes_data and not await request.body()):
            return await self._route._call_handler_function(  # noqa: SLF001 - the rest of Litestar's way
                scope=request.scope, request=request, parameter_model=self._model, route_handler=self._handler
            )
        arguments: dict[str, Any] = {**self._fixed, **request.scope["path_params"]}
        if self._takes_caller:
            arguments["caller"] = self._caller_of(request)
        if self._takes_request:
            arguments["request"] = request
        if self._takes_data:
            arguments["data"] = await request.json()
        data = await self._handler.fn(**arguments)
        answer = self._answering if isinstance(data, Response) else self._encoding
        return await answer(app=self._app, data=data, request=request)  # type: ignore[call-arg] # by name, as Litestar does


class _Begun:
    """Whether an answer is under way: a stream may still be refused when it is opened."""

    __slots__ = ("_send", "is_so")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_so = False

    async def __call__(self, message: Message) -> None:
        self.is_so = True
        await self._send(message)


class DirectRoutes:
    """The handlers of an application that can be reached the short way, by method and path."""

    def __init__(self, app: Litestar, provided: Mapping[str, object], caller_of: CallerOf) -> None:
        """``provided`` are the objects that handlers take by name, ``caller_of`` tells who asks."""
        self.app = app
        self.provided = provided
        self.caller_of = caller_of
        self._root = _Node()
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for method, (handler, model) in route.route_handler_map.items():
                    if _is_direct(handler, model):
                        _place(self._root, route, method, DirectRoute(self, route, method))

    def find(self, scope: Scope) -> DirectRoute | None:
        """The route of a request, which then has its path's variables; None for what must go Litestar's way."""
        node, values = self._root, list[str]()
        for part in scope["path"].split("/"):
            below = node.children.get(part)
            if below is None:
                below = node.variable
                if below is None or not part:
                    return None
                values.append(part)
            node = below
        route = node.routes.get(scope["method"])
        if route is not None:
            scope["path_params"] = dict(zip(route.variables, values, strict=True))
        return route


def methods_at(app: Litestar, path: str) -> list[str]:
    """What may be asked for at a path, for the Allow header (RFC 9110, 10.2.1); a name goes before a variable.

    HEAD is among it wherever GET is, because the gateway makes the one of the other.
    """
    asked = path.strip("/").split("/")
    found: dict[tuple[bool, ...], set[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute) and _leads_to(route, asked):
            by_name = tuple(isinstance(part, str) for part in route.path_components)
            found[by_name] = found.get(by_name, set()) | set(route.methods)
    methods = found[max(found)] if found else set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _leads_to(route: HTTPRoute, asked: list[str]) -> bool:
    parts = route.path_components
    return len(parts) == len(asked) and all(
        not isinstance(part, str) or part == given for part, given in zip(parts, asked, strict=True)
    )


class _Node:
    """A place in the tree of paths: what follows by name, what follows by a variable, and what ends here."""

    __slots__ = ("children", "routes", "variable")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.routes: dict[str, DirectRoute] = {}


def _place(root: _Node, route: HTTPRoute, method: str, direct: DirectRoute) -> None:
    node = root.children.setdefault("", _Node())
    for part in route.path_components:
        if isinstance(part, str):
            node = node.children.setdefault(part, _Node())
        else:
            node.variable = node = node.variable or _Node()
    node.routes[method] = direct


def _is_direct(handler: HTTPRouteHandler, model: Any) -> bool:
    """Whether all that a handler takes and gives is of the plain kind."""
    return not (
        handler.has_sync_callable
        or handler.cache
        or handler.resolve_guards()
        or model.expected_reserved_kwargs - {"request", "data"}
        or model.expected_header_params
        or model.expected_cookie_params
        or model.expected_form_data
    )


def _is_text(parameter: Any) -> bool:
    """Whether a variable of the path is handed over as it stands there."""
    return parameter.annotation is str and not (
        parameter.kwarg_definition and parameter.kwarg_definition.is_constrained
    )


def _refusal(handler: HTTPRouteHandler, request: WholeRequest, error: Exception) -> App:
    known = handler.resolve_exception_handlers()
    kinds: Iterable[type] = type(error).__mro__
    refuse: Any = next(known[kind] for kind in kinds if kind in known)
    answer: App = refuse(request, error).to_asgi_response(app=None, request=request)
    return answer
