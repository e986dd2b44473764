"""Numbers: few labels however many paths are asked for."""

import pytest

from taskyard.kit import metrics
from taskyard.kit.asgi import Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.metrics import Measured, observe_request, render
from taskyard.kit.pool import Pool
from taskyard.kit.redis import Redis
from taskyard.kit.vital_signs import VitalSigns


def test_requests_are_counted_by_route_and_status_class() -> None:
    for status in (200, 201, 404):
        observe_request(service="one", method="GET", route="/x/{id}", status=status, seconds=0.02)
    numbers = render().decode()
    assert (
        'taskyard_requests_total{method="GET",observer="gateway",route="/x/{id}",service="one",status="2xx"} 2.0'
        in numbers
    )
    assert (
        'taskyard_requests_total{method="GET",observer="gateway",route="/x/{id}",service="one",status="4xx"} 1.0'
        in numbers
    )
    assert 'le="0.025",method="GET",observer="gateway",route="/x/{id}",service="one"} 3.0' in numbers


def test_failures_and_outcomes_are_shown_before_the_first() -> None:
    observe_request(service="seven", method="GET", route="/x", status=200, seconds=0.1)
    metrics.open_attempts(["tidy"])
    metrics.open_sign_ins()
    numbers = render().decode()
    assert 'route="/x",service="seven",status="5xx"} 0.0' in numbers
    assert 'taskyard_job_attempts_total{kind="tidy",outcome="failed"} 0.0' in numbers
    assert 'taskyard_sign_ins_total{outcome="held_back"}' in numbers


def test_invented_methods_share_a_label() -> None:
    observe_request(service="two", method="BREW", route="/x", status=405, seconds=0.1)
    assert 'method="other",observer="gateway",route="/x",service="two"' in render().decode()


def test_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_SERIES", 0)
    for number in range(5):
        observe_request(service="three", method="GET", route=f"/{number}", status=200, seconds=0.1)
    assert 'route="unmatched",service="three",status="2xx"} 5.0' in render().decode()


async def test_pools_and_the_process_are_looked_at() -> None:
    signs = VitalSigns(Redis(""))
    signs.watch_pool("four", Pool("postgresql://nowhere", size=7))
    looks = _value("taskyard_event_loop_lag_seconds_count")
    await signs.look_again()
    numbers = render().decode()
    assert 'taskyard_pool_size{role="four"} 7.0' in numbers
    assert 'taskyard_pool_in_use{role="four"} 0.0' in numbers
    assert "taskyard_redis_up 0.0" in numbers
    assert _value("taskyard_event_loop_lag_seconds_count") == looks + 1


async def test_service_of_its_own_counts_its_routes() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        scope["path_template"] = "/y/{id}"
        await send_reply(send, Reply(201, [], b"made"))

    reply = await ask(Measured(app, "five"), "/y/1")
    assert (reply.status, reply.body) == (201, b"made")
    assert 'observer="service",route="/y/{id}",service="five",status="2xx"} 1.0' in render().decode()


async def test_fault_of_a_service_counts_as_500() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask(Measured(app, "six"), "/y/1")
    assert 'route="unmatched",service="six",status="5xx"} 1.0' in render().decode()


def _value(name: str) -> float:
    return next((float(line.split()[1]) for line in render().decode().splitlines() if line.startswith(f"{name} ")), 0)
