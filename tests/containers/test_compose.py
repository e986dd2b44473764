"""docker-compose.yml says what docs/containers.md promises; no engine is needed to see that."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import taskyard
from taskyard.composition.arguments import read_arguments
from taskyard.kit.roles import LISTENING_OFFSETS
from taskyard.kit.setting_table import TABLE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
PROCESSES = {
    "api-gateway": "gateway",
    "auth-service": "auth",
    "task-service": "task",
    "project-service": "project",
    "notification-service": "notification",
    "worker": "worker",
}
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("taskyard:")}
PUBLISHED = {"api-gateway", "single", "prometheus", "grafana"}
ONCE = {"secrets", "migrate"}
VARIABLES = {setting.variable for setting in TABLE}
# What the shape itself decides: volumes, addresses inside, and secrets, which come from their volumes only.
NOT_FROM_DOTENV = re.compile(
    r"TASKYARD_(HOME|HOST|LOG_FILE\w*|LIMITS_FILE|CANARY_FILE|MAINTENANCE_FILE|MASTER_KEY_FILE|SERVICE_KEY\w*|(\w+_)?DATABASE_URL|REDIS_URL"
    r"|(AUTH|TASK|PROJECT|NOTIFICATION)_URL)"
)
# They are about the embedded database, which one container has.
OF_SINGLE = re.compile(r"TASKYARD_BACKUP_\w+")
# It may hold a password, which only those who send mail need.
OF_MAIL = re.compile("TASKYARD_SMTP_URL")
SENDERS = {"worker", "single"}
OF_BUCKET = re.compile(r"TASKYARD_S3_(ACCESS_KEY|SECRET_KEY_FILE)")
KEEPERS = {"task-service", "worker", "single"}
BUCKET_KEY = "${TASKYARD_S3_SECRET_KEY_FILE:-/dev/null}:${TASKYARD_S3_SECRET_KEY_FILE:-/run/no-secret}:ro"


def test_everything_promised_is_there() -> None:
    assert set(SERVICES) == {*PROCESSES, *ONCE, "postgres", "valkey", "prometheus", "grafana", "single"}


@pytest.mark.parametrize("name", SERVICES)
def test_container_has_no_power_and_an_end_to_its_appetite(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_container_runs_as_a_user_that_is_not_root(name: str) -> None:
    user = SERVICES[name].get("user")
    if name in OURS:
        assert user is None
    else:
        assert re.fullmatch(r"[1-9]\d*:\d+", user)


def test_image_runs_as_a_user_that_is_not_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)", dockerfile, re.MULTILINE)[-1] == "10001:10001"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_container_says_whether_it_is_healthy(name: str) -> None:
    assert name in PROCESSES or SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_only_doors_are_published_and_only_on_this_machine(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert bool(ports) == (name in PUBLISHED)
    for port in ports:
        assert port.startswith(("127.0.0.1:", "${TASKYARD_HOST:-127.0.0.1}:"))


@pytest.mark.parametrize(("name", "part"), PROCESSES.items())
def test_process_sees_its_own_secrets_only_and_cannot_change_them(name: str, part: str) -> None:
    service = SERVICES[name]
    assert service["volumes"] == [f"secrets-{part}:/secrets/{part}:ro", *([BUCKET_KEY] if name in KEEPERS else [])]
    assert service["command"][:2] == ["--env-file", f"/secrets/{part}/taskyard.env"]


def test_servers_see_their_own_password_only() -> None:
    for name in ("postgres", "valkey", "grafana"):
        mounts = [mount for mount in SERVICES[name]["volumes"] if mount.startswith(("secrets", "keys"))]
        assert mounts == [f"secrets-{name}:/secrets/{name}:ro"]


def test_master_key_is_seen_by_nobody_who_serves() -> None:
    holders = {name for name, service in SERVICES.items() if any("keys:" in mount for mount in service["volumes"])}
    assert holders == ONCE


def test_nothing_secret_is_written_down() -> None:
    assert not re.search(r"://[^/\s]*:[^/@\s]+@", TEXT), "an address with a password"
    named = [
        (name, variable, value)
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|TOKEN|KEY", variable)
        and not value.startswith(("/secrets/", "/keys/"))
        and (value != f"${{{variable}:-}}" or not OF_BUCKET.fullmatch(variable))
    ]
    assert not named


@pytest.mark.parametrize("name", [*PROCESSES, "single"])
def test_setting_of_the_example_file_reaches_the_container(name: str) -> None:
    given = SERVICES[name]["environment"]
    passed = {variable for variable, value in given.items() if value.startswith(f"${{{variable}:-")}
    elsewhere = [NOT_FROM_DOTENV, *([] if name == "single" else [OF_SINGLE]), *([] if name in SENDERS else [OF_MAIL])]
    elsewhere += [] if name in KEEPERS else [OF_BUCKET]
    forgotten = {variable for variable in VARIABLES - passed if not any(kind.fullmatch(variable) for kind in elsewhere)}
    assert not forgotten, f"add them to x-settings of docker-compose.yml, or to NOT_FROM_DOTENV: {sorted(forgotten)}"


def test_only_who_sends_mail_knows_the_mail_server() -> None:
    told = {name for name, service in SERVICES.items() if "TASKYARD_SMTP_URL" in service.get("environment", {})}
    assert told == SENDERS


def test_only_who_keeps_files_knows_what_their_bucket_is_opened_with() -> None:
    told = {name for name, service in SERVICES.items() if "TASKYARD_S3_ACCESS_KEY" in service.get("environment", {})}
    mounted = {name for name, service in SERVICES.items() if BUCKET_KEY in service.get("volumes", [])}
    assert told == mounted == KEEPERS


def test_folder_for_backups_has_one_name_inside_and_outside() -> None:
    folder = "TASKYARD_BACKUP_FOLDER"
    (mount,) = [mount for mount in SERVICES["single"]["volumes"] if folder in mount]
    inside = mount.removeprefix(f"${{{folder}:-backups}}:")
    assert inside == f"${{{folder}:-/backups}}"
    assert SERVICES["single"]["environment"][folder] == f"${{{folder}:-}}"


def test_grafana_is_given_every_file_of_the_dashboard_where_it_looks() -> None:
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"] if mount.startswith("./"))
    assert mounts["./monitoring/grafana/provisioning"] == "/etc/grafana/provisioning"
    providers = ROOT / "monitoring/grafana/provisioning/dashboards/taskyard.yml"
    (provider,) = yaml.safe_load(providers.read_text(encoding="utf-8"))["providers"]
    assert mounts["./monitoring/grafana/dashboards"] == provider["options"]["path"]


@pytest.mark.parametrize("name", OURS)
def test_container_is_told_settings_that_exist(name: str) -> None:
    assert set(OURS[name]["environment"]) <= VARIABLES


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_of_ours(name: str) -> None:
    options = read_arguments(OURS[name]["command"])
    if name in PROCESSES:
        assert options.port == 3000 + LISTENING_OFFSETS[PROCESSES[name]]
        assert getattr(options, "service", "worker") == PROCESSES[name]


def test_image_carries_the_version() -> None:
    assert {service["image"] for service in OURS.values()} == {f"taskyard:{taskyard.__version__}"}


def test_prometheus_finds_every_process() -> None:
    configuration = yaml.safe_load((ROOT / "monitoring/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = configuration["scrape_configs"]
    targets = {target for group in job["static_configs"] for target in group["targets"]}
    assert targets == {f"{name}:{3000 + LISTENING_OFFSETS[part]}" for name, part in PROCESSES.items()}


def test_gateway_alone_brings_everything_it_needs() -> None:
    reached = {"api-gateway"}
    while missing := {need for name in reached for need in SERVICES[name].get("depends_on", {})} - reached:
        reached |= missing
    assert reached == {*PROCESSES, *ONCE, "postgres", "valkey"}


@pytest.mark.parametrize(
    ("name", "need", "condition"),
    [
        ("postgres", "secrets", "service_completed_successfully"),
        ("valkey", "secrets", "service_completed_successfully"),
        ("migrate", "postgres", "service_healthy"),
        ("task-service", "migrate", "service_completed_successfully"),
        ("worker", "migrate", "service_completed_successfully"),
        ("api-gateway", "task-service", "service_healthy"),
        ("api-gateway", "worker", "service_healthy"),
    ],
)
def test_each_starts_when_what_it_needs_is_ready(name: str, need: str, condition: str) -> None:
    assert SERVICES[name]["depends_on"][need] == {"condition": condition}
