"""The HTTP door of a service: builds its application and answers every fault as a problem document."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.enums import ParamType
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from taskyard.kit import problems
from taskyard.kit.asgi import Reply, send_reply
from taskyard.kit.bodies import field_error
from taskyard.kit.demands import FindDemand, explaining
from taskyard.kit.direct_routes import DirectRoutes, methods_at
from taskyard.kit.forms import ANY_QUERY
from taskyard.kit.json_response import JsonResponse
from taskyard.kit.principal import Principal, principal_of
from taskyard.kit.problems import PROBLEM_MEDIA_TYPE, FieldError, InvalidInput, NotFound, Problem
from taskyard.kit.requests import trace_id_of
from taskyard.kit.whole_request import WholeRequest

log = structlog.get_logger()

API = "/api/v1"
_HTTP_PROBLEMS: dict[int, type[Problem]] = {
    400: problems.MalformedRequest,
    401: problems.Unauthenticated,
    404: problems.NotFound,
    405: problems.MethodNotAllowed,
    413: problems.PayloadTooLarge,
}


def build_service(
    *,
    title: str,
    handlers: Sequence[ControllerRouterHandler],
    provided: Mapping[str, object],
    find_demand: FindDemand | None = None,
) -> Litestar:
    """Build a service's application.

    ``provided`` are the objects its handlers take by name, besides ``caller``, the Principal of the request.
    ``find_demand`` says why somebody without a second factor finds nothing.
    """
    dependencies = {name: Provide(_always(value), sync_to_thread=False) for name, value in provided.items()}
    dependencies["caller"] = Provide(provide_caller, sync_to_thread=False)
    app = _Service(
        route_handlers=list(handlers),
        dependencies=dependencies,
        request_class=WholeRequest,
        before_request=_refuse_unknown_parameters,
        response_class=JsonResponse,
        exception_handlers={
            Problem: answer_problem,
            NotFound: explaining(find_demand, answer_problem) if find_demand else answer_problem,
            ValidationException: _answer_validation,
            HTTPException: _answer_http,
            UnicodeDecodeError: _answer_encoding,
            RecursionError: _answer_depth,
            Exception: _answer_bug,
        },
        openapi_config=OpenAPIConfig(title=title, version="1", render_plugins=[], path="/schema"),
        logging_config=None,
        debug=False,
    )
    _provide_at_once(app, provided)
    app.find_short_ways(provided)
    return app


class _Service(Litestar):
    """An application whose usual requests go the short way."""

    __slots__ = ("_direct",)

    def find_short_ways(self, provided: Mapping[str, object]) -> None:
        """Learn which handlers can be reached directly; once, when all are there."""
        self._direct = DirectRoutes(self, provided, provide_caller)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or whatever else Litestar is called for."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and (allowed := methods_at(self, scope["path"])):
            await send_reply(send, Reply(204, [(b"allow", ", ".join(allowed).encode())], b""))
            return
        route = self._direct.find(scope) if scope["type"] == "http" else None
        await (super().__call__(scope, receive, send) if route is None else route.answer(scope, receive, send))


def _provide_at_once(app: Litestar, provided: Mapping[str, object]) -> None:
    """Hand a handler all that it takes in one step: Litestar would take up to 100 us a request to provide it."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, parameters in route.route_handler_map.values():
                names = {dependency.key for batch in parameters.dependency_batches for dependency in batch}
                parameters.dependency_batches = []
                values = {name: provided[name] for name in names - {"caller"}}
                parameters.extractors.insert(0, _providing(values, with_caller="caller" in names))


def _providing(values: Mapping[str, object], *, with_caller: bool) -> Callable[[dict[str, Any], Any], Awaitable[None]]:
    async def extract(kwargs: dict[str, Any], connection: Request[Any, Any, Any]) -> None:
        kwargs.update(values)
        if with_caller:
            kwargs["caller"] = provide_caller(connection)

    return extract


def provide_caller(request: Request[Any, Any, Any]) -> Principal:
    """The authenticated caller; a handler that takes ``caller`` is not for anonymous requests or services."""
    caller = principal_of(request.scope)
    if caller.kind == "service":
        raise problems.PermissionDenied("A service may call only what other services expose to it.")
    return caller


def problem_response(scope: Any, problem: Problem) -> Response[Any]:
    """A problem as its HTTP answer."""
    body = msgspec.json.encode(problem.document(trace_id_of(scope)))
    return JsonResponse(body, status_code=problem.status, headers=problem.headers, media_type=PROBLEM_MEDIA_TYPE)


def answer_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Litestar's way to a problem document."""
    return problem_response(request.scope, problem)


def _always(value: object) -> Callable[[], object]:
    return lambda: value


_known_parameters: WeakKeyDictionary[Any, frozenset[str]] = WeakKeyDictionary()


async def _refuse_unknown_parameters(connection: Request[Any, Any, Any]) -> None:
    """Refuse an unknown query parameter, which is never silently ignored; but first whoever did not sign in.

    Asynchronous, because Litestar calls anything else in a thread.
    """
    if not connection.scope["query_string"]:
        return
    handler: Any = connection.route_handler
    if handler.opt.get(ANY_QUERY):
        return
    if "caller" in handler.parsed_fn_signature.parameters:
        principal_of(connection.scope)
    known = _known_parameters.get(handler.fn)
    if known is None:
        model = handler.create_kwargs_model(path_parameters=connection.scope["path_params"])
        known = frozenset(p.field_alias for p in model.expected_query_params if p.param_type == ParamType.QUERY)
        _known_parameters[handler.fn] = known
    unknown = [name for name in connection.query_params if name not in known]
    if unknown:
        raise InvalidInput(
            f"Unknown query parameter {unknown[0]!r}.",
            errors=[FieldError(f"/{name}", "This query parameter is not known here.") for name in unknown],
        )


def _answer_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    extra = error.extra if isinstance(error.extra, list) else []
    errors = [field_error(str(item.get("message", "")), str(item.get("key", ""))) for item in extra]
    if not errors:
        errors = [field_error(str(error.detail))]
    return problem_response(request.scope, InvalidInput(errors[0].detail, errors=errors))


def _answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _answer_bug(request, error)
    kind = _HTTP_PROBLEMS.get(error.status_code, problems.MalformedRequest)
    if kind is problems.MethodNotAllowed:
        allowed = ", ".join(methods_at(request.app, request.scope["path"]))
        return problem_response(request.scope, problems.MethodNotAllowed(headers={"Allow": allowed}))
    return problem_response(request.scope, kind())


def _answer_encoding(request: Request[Any, Any, Any], _: UnicodeDecodeError) -> Response[Any]:
    """Forms are UTF-8; JSON is looked at where it is decoded."""
    return problem_response(request.scope, problems.MalformedRequest("The body is not UTF-8."))


def _answer_depth(request: Request[Any, Any, Any], _: RecursionError) -> Response[Any]:
    """Only a body can make a service recurse without end: no action calls itself."""
    return problem_response(request.scope, problems.MalformedRequest("The body is nested too deeply."))


def _answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("request.failed", exc_info=error)
    return problem_response(request.scope, problems.InternalError())
