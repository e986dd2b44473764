"""Who gets which secret in the split shape: each process its own database and key, nobody the owner's."""

import socket
from pathlib import Path

import msgspec
import pytest

from taskyard.composition.children import Child, split_children, worker_children
from taskyard.kit.keys import encode_key, service_key
from taskyard.kit.roles import LISTENING_OFFSETS, PORT_OFFSETS, ROLES
from taskyard.kit.settings import parse_settings

MASTER = bytes(32)
TEXTS = {
    "TASKYARD_HOME": "/state",
    "TASKYARD_PORT": "4000",
    "TASKYARD_SMTP_URL": "smtp://u:mail-secret@host",
    "TASKYARD_S3_BUCKET": "acme-files",
    "TASKYARD_S3_ACCESS_KEY": "AKEY",
    "TASKYARD_S3_SECRET_KEY_FILE": "/keys/s3",
    "TASKYARD_DATABASE_URL": "postgresql://owner:owner-secret@host/db",
    "TASKYARD_MASTER_KEY_FILE": "/keys/master.key",
}


@pytest.fixture
def children() -> dict[str, Child]:
    urls = {role: f"postgresql://{role}@host/db" for role in ROLES}
    settings = msgspec.structs.replace(parse_settings(TEXTS), redis_url="unix:///valkey", service_database_urls=urls)
    listeners = {service: socket.socket() for service in LISTENING_OFFSETS}
    children = {child.name: child for child in split_children(settings, TEXTS, MASTER, listeners)}
    for listener in listeners.values():
        listener.close()
    return children


def test_there_are_five_services_and_a_worker(children: dict[str, Child]) -> None:
    assert set(children) == {"gateway", "auth", "task", "project", "notification", "worker"}


@pytest.mark.parametrize("service", PORT_OFFSETS)
def test_service_gets_its_own_secrets_only(children: dict[str, Child], service: str) -> None:
    environment = children[service].environment
    databases = {name for name in environment if name.endswith("DATABASE_URL")}
    assert databases == {f"TASKYARD_{service.upper()}_DATABASE_URL"}
    assert environment["TASKYARD_SERVICE_KEY"] == encode_key(service_key(MASTER, service))
    assert environment["TASKYARD_PORT"] == "4000"


def test_nobody_gets_the_owner_or_the_master_key(children: dict[str, Child]) -> None:
    for child in children.values():
        assert "TASKYARD_MASTER_KEY_FILE" not in child.environment
        assert not any("owner-secret" in value for value in child.environment.values())


def test_worker_gets_no_gateway(children: dict[str, Child]) -> None:
    assert "gateway=" not in children["worker"].environment["TASKYARD_SERVICE_KEYS"]
    assert "TASKYARD_GATEWAY_DATABASE_URL" not in children["worker"].environment


def test_only_the_worker_sends_mail(children: dict[str, Child]) -> None:
    told = {name for name, child in children.items() if "TASKYARD_SMTP_URL" in child.environment}
    assert told == {"worker"}
    assert children["worker"].environment["TASKYARD_HOME"] == "/state"


def test_only_who_keeps_files_knows_what_their_bucket_is_opened_with(children: dict[str, Child]) -> None:
    for variable in ("TASKYARD_S3_ACCESS_KEY", "TASKYARD_S3_SECRET_KEY_FILE"):
        told = {name for name, child in children.items() if child.environment.get(variable) == TEXTS[variable]}
        assert told == {name for name, child in children.items() if variable in child.environment} == {"task", "worker"}


def test_equal_processes_get_everything_but_the_owner() -> None:
    urls = {role: f"postgresql://{role}@host/db" for role in ROLES}
    settings = msgspec.structs.replace(parse_settings(TEXTS), redis_url="unix:///valkey", service_database_urls=urls)
    with socket.socket() as listener:
        first, second = worker_children(settings, TEXTS, count=2, listener=listener, numbers=Path("numbers"))
    places = [child.environment.pop("PROMETHEUS_MULTIPROC_PLACE") for child in (first, second)]
    assert places == ["1", "2"]
    assert first.environment == second.environment
    assert "TASKYARD_DATABASE_URL" not in first.environment
    assert first.environment["TASKYARD_SMTP_URL"] == TEXTS["TASKYARD_SMTP_URL"]
    assert first.environment["TASKYARD_S3_SECRET_KEY_FILE"] == "/keys/s3"
    assert first.environment["TASKYARD_MASTER_KEY_FILE"] == "/keys/master.key"
