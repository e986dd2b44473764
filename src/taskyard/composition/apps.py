"""The two shapes: every service in one process behind the gateway, or each in its own.

This is the only place that knows which it is. An upstream is an ASGI app, here the service itself
or a proxy; a contract is an object, here the implementation or a stand-in that calls over HTTP.
"""

from collections.abc import Callable, Mapping
from functools import partial

from litestar import Litestar

import taskyard
from taskyard.composition import services
from taskyard.composition.background_work import run_background_work
from taskyard.composition.door_files import follow_canaries, follow_limits, follow_maintenance
from taskyard.composition.process import Application, Process
from taskyard.contracts.credentials import KeyHolders
from taskyard.contracts.people import People
from taskyard.contracts.refusals import RefusalBook
from taskyard.gateway.app import Gateway
from taskyard.gateway.canary import Canary
from taskyard.gateway.cross_origin import CrossOrigin
from taskyard.gateway.limits import Limiter
from taskyard.gateway.places import Places
from taskyard.gateway.refusals import Refusals
from taskyard.gateway.status import OnlyStatus, StatusPages
from taskyard.gateway.versions import Deprecations
from taskyard.kit.asgi import App
from taskyard.kit.browsers import origin_of
from taskyard.kit.calls import RemoteCalls
from taskyard.kit.credentials import Credentials
from taskyard.kit.door import ServiceDoor
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.health import Readiness
from taskyard.kit.keys import Keys, service_key
from taskyard.kit.metrics import Measured, show_places
from taskyard.kit.queries.client_origins import is_client_origin
from taskyard.kit.roles import ROLES, SERVICES
from taskyard.kit.settings import Settings
from taskyard.kit.upstreams.upstream import LOOK_SECONDS, Upstream

NOTE_USES_SECONDS = 20.0
SHOW_SECONDS = 1.0
SIGN_INS_FOR_EACH = 4
"""Places of sign-ins for each place of other requests: as many as may wait for a password's hash, with 64 places."""
HAND_ON_SECONDS = 60.0
"""How often refused requests are told to the audit trail."""


def one_process(settings: Settings, master_key: bytes, *, with_background: bool = True) -> Application:
    """Everything behind one port, with the background work unless somebody else sees to it."""
    process = Process("taskyard", settings, {role: Keys(service_key(master_key, role)) for role in ROLES})
    people, holders = services.people_of_auth(process), services.key_holders_of_auth(process)
    upstreams: dict[str, App] = {
        "auth": services.build_auth(process, people, holders),
        "project": services.build_project(process, people),
        "task": services.build_task(process, people),
        "notification": services.build_notification(process),
    }
    if with_background:
        run_background_work(process)
    return Application(_gateway(process, upstreams, holders, services.refusals_of_auth(process)), process)


def service_process(name: str, settings: Settings, key: bytes) -> Application:
    """The gateway or one service, alone in this process."""
    process = Process(name, settings, {name: Keys(key)})
    if name == "gateway":
        calls = _calls_to_auth(process, "gateway")
        holders, book = calls.bind("key-holders", KeyHolders), calls.bind("refusals", RefusalBook)
        return Application(_gateway(process, _proxies(process), holders, book), process)
    app = _BUILDERS[name](process)
    return Application(
        Measured(
            ServiceDoor(app, process.identity(name), origin_of(settings.public_url), settings.allowed_origins), name
        ),
        process,
    )


def worker_process(settings: Settings, keys: Mapping[str, bytes]) -> Application:
    """The sixth process: the sequencer, the consumers and the jobs of all services, and no endpoints but its own."""
    process = Process("worker", settings, {role: Keys(key) for role, key in keys.items()})
    run_background_work(process)
    pages = StatusPages(
        upstreams={}, redis=process.redis, ready=Readiness(process.database("task")), version=taskyard.__version__
    )
    return Application(OnlyStatus(pages), process)


def _gateway(process: Process, upstreams: Mapping[str, App], holders: KeyHolders, book: RefusalBook) -> Gateway:
    api_keys = Credentials(holders.open_api_key)

    async def note_uses() -> None:
        if used := api_keys.take_uses():
            await holders.note_uses(credential_ids=used)

    process.every(NOTE_USES_SECONDS, "uses of API keys", note_uses)
    limiter = Limiter(process.redis, enforced=process.settings.limits_enforced)
    follow_limits(process, limiter)
    places, sign_in_places = _places(process)
    refusals = Refusals(book)
    process.every(HAND_ON_SECONDS, "refused requests", refusals.hand_on)
    process.on_stop(refusals.hand_on)
    return Gateway(
        upstreams=upstreams,
        identity=process.identity("gateway", api_keys),
        redis=process.redis,
        limiter=limiter,
        places=places,
        sign_in_places=sign_in_places,
        maintenance=follow_maintenance(process),
        settings=process.settings,
        version=taskyard.__version__,
        ready=Readiness(process.database("gateway")),
        head=process.watch_head("gateway").header,
        refusals=refusals,
        cross_origin=_cross_origin(process),
        deprecations=Deprecations(),
    )


def _places(process: Process) -> tuple[Places, Places]:
    """The places of requests, and those of sign-ins."""
    places = Places(process.settings.requests_at_once)
    sign_ins = Places(process.settings.requests_at_once * SIGN_INS_FOR_EACH)

    async def show() -> None:
        show_places(in_use=places.in_use + sign_ins.in_use, waiting=places.waiting + sign_ins.waiting)

    process.every(SHOW_SECONDS, "places", show)
    return places, sign_ins


def _cross_origin(process: Process) -> CrossOrigin:
    settings, database = process.settings, process.database("gateway")
    own = origin_of(settings.public_url).encode()
    return CrossOrigin(own, settings.allowed_origins, partial(is_client_origin, database))


def _proxies(process: Process) -> dict[str, App]:
    from taskyard.gateway.proxy import HttpProxy  # noqa: PLC0415 - its HTTP client is a sixth of the start

    signer = ClientSigner(process.assertion_key("gateway"))
    assertions = process.signer("gateway")

    def make(name: str, urls: tuple[str, ...]) -> HttpProxy:
        upstream = Upstream(f"{name}-canary", urls, has_deputy=True)
        return HttpProxy(upstream, signer=signer, assertions=assertions, service=name)

    canaries = {
        name: Canary(HttpProxy(_way_to(process, name), signer=signer, assertions=assertions), partial(make, name))
        for name in SERVICES
    }
    follow_canaries(process, canaries)
    for name, canary in canaries.items():
        process.every(LOOK_SECONDS, f"addresses of {name}", canary.look)
        process.on_stop(canary.close)
    return dict(canaries)


def _auth_alone(process: Process) -> Litestar:
    people, holders = services.people_of_auth(process), services.key_holders_of_auth(process)
    return services.build_auth(process, people, holders)


def _people_elsewhere(process: Process, service: str) -> People:
    return _calls_to_auth(process, service).bind("people", People)


def _calls_to_auth(process: Process, caller: str) -> RemoteCalls:
    calls = RemoteCalls(_way_to(process, "auth"), signer=process.signer(caller))
    process.every(LOOK_SECONDS, "addresses of auth for calls", calls.look)
    process.on_stop(calls.close)
    return calls


def _way_to(process: Process, service: str) -> Upstream:
    return Upstream(service, process.settings.service_urls[service])


_BUILDERS: dict[str, Callable[[Process], Litestar]] = {
    "auth": _auth_alone,
    "project": lambda process: services.build_project(process, _people_elsewhere(process, "project")),
    "task": lambda process: services.build_task(process, _people_elsewhere(process, "task")),
    "notification": services.build_notification,
}
