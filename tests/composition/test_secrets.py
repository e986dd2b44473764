"""What `taskyard secrets` writes: each container its own, the same every time, and enough to start with."""

import base64
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from taskyard.composition import commands
from taskyard.kit.keys import encode_key, load_master_key, role_password, server_password, service_key
from taskyard.kit.roles import PORT_OFFSETS, ROLES
from taskyard.kit.settings import load_settings

ROOT = Path(__file__).parents[2]
OWNER = "postgresql://owner@database:5432/taskyard"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("TASKYARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TASKYARD_DATABASE_URL", OWNER)
    monkeypatch.setenv("TASKYARD_REDIS_URL", "redis://cache:6379/0")
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert commands.main(["secrets", "--folder", str(tmp_path / "secrets")]) == 0
    return tmp_path / "secrets"


def settings_in(folder: Path, name: str) -> dict[str, str]:
    lines = (folder / name / "taskyard.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("service", PORT_OFFSETS)
def test_service_is_told_its_database_its_key_and_the_cache(folder: Path, home: Path, service: str) -> None:
    master = load_master_key(home / "master.key")
    database = f"postgresql://taskyard_{service}:{role_password(master, f'taskyard_{service}')}@database:5432/taskyard"
    assert settings_in(folder, service) == {
        f"TASKYARD_{service.upper()}_DATABASE_URL": database,
        "TASKYARD_SERVICE_KEY": encode_key(service_key(master, service)),
        "TASKYARD_REDIS_URL": f"redis://:{server_password(master, 'valkey')}@cache:6379/0",
    }


def test_worker_is_told_what_its_roles_need(folder: Path) -> None:
    settings = load_settings({}, folder / "worker" / "taskyard.env")
    assert set(settings.service_keys) == set(settings.service_database_urls) == set(ROLES) - {"gateway"}


def test_only_the_migration_is_told_the_owner(folder: Path, home: Path) -> None:
    password = server_password(load_master_key(home / "master.key"), "postgres")
    assert settings_in(folder, "migrate") == {
        "TASKYARD_DATABASE_URL": f"postgresql://owner:{password}@database:5432/taskyard"
    }
    assert (folder / "postgres" / "password").read_text() == password
    told = {path.parent.name for path in folder.glob("*/*") if password in path.read_text()}
    assert told == {"migrate", "postgres"}


def test_files_are_private_and_the_servers_are_let_in_by_their_group(folder: Path) -> None:
    modes = {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*/*")}
    servers = {"postgres/password": 0o640, "valkey/valkey.conf": 0o640, "grafana/password": 0o640}
    assert modes == {f"{name}/taskyard.env": 0o600 for name in (*PORT_OFFSETS, "worker", "migrate")} | servers


def test_a_second_time_writes_the_same(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*/*")}
    assert commands.main(["secrets", "--folder", str(folder)]) == 0
    assert {path: path.read_bytes() for path in folder.glob("*/*")} == before


def test_a_password_that_was_given_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKYARD_DATABASE_URL", "postgresql://owner:given@database/taskyard")
    monkeypatch.delenv("TASKYARD_REDIS_URL")
    assert commands.main(["secrets", "--folder", str(tmp_path)]) == 0
    assert ":given@" in settings_in(tmp_path, "migrate")["TASKYARD_DATABASE_URL"]
    assert "TASKYARD_REDIS_URL" not in settings_in(tmp_path, "task")


def kubernetes_secrets(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert commands.main(["secrets", "--kubernetes", "--namespace", "work"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert {(item["kind"], item["metadata"]["namespace"]) for item in items} == {("Secret", "work")}
    return {
        item["metadata"]["name"]: {key: base64.b64decode(text) for key, text in item["data"].items()} for item in items
    }


def test_kubernetes_gets_a_secret_for_each_deployment(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = kubernetes_secrets(capsys)
    assert set(secrets) == {f"taskyard-{name}" for name in (*PORT_OFFSETS, "worker", "migrate")}
    assert set(secrets["taskyard-task"]) == {
        "TASKYARD_TASK_DATABASE_URL",
        "TASKYARD_SERVICE_KEY",
        "TASKYARD_REDIS_URL",
    }
    assert secrets["taskyard-migrate"]["TASKYARD_DATABASE_URL"] == OWNER.encode()
    (home / "copy").write_bytes(secrets["taskyard-migrate"]["master.key"])
    assert load_master_key(home / "copy") == load_master_key(home / "master.key")


def test_kubernetes_finds_every_secret_it_refers_to(capsys: pytest.CaptureFixture[str]) -> None:
    manifests = (ROOT / "kubernetes/taskyard.yaml").read_text(encoding="utf-8")
    referred = re.findall(r"secretRef:\s+name: (\S+)", manifests) + re.findall(
        r"secretName: (taskyard-migrate)", manifests
    )
    assert len(set(referred)) == len(PORT_OFFSETS) + 2
    assert set(referred) == set(kubernetes_secrets(capsys))


@pytest.mark.parametrize("form", [["--kubernetes"], ["--folder", "secrets"]])
def test_without_the_owners_address_it_says_so(
    form: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TASKYARD_DATABASE_URL")
    assert commands.main(["secrets", *form]) == 1
    assert "TASKYARD_DATABASE_URL is not set" in capsys.readouterr().err


def test_folder_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert commands.main(["secrets", "--folder", str(tmp_path / "file")]) == 1
    assert "cannot write to the folder" in capsys.readouterr().err


def test_what_is_written_is_valid_and_stays_hidden(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*PORT_OFFSETS, "worker", "migrate"):
        assert commands.main(["--env-file", str(folder / name / "taskyard.env"), "check-config"]) == 0
        told = capsys.readouterr().out
        assert not [value for value in settings_in(folder, name).values() if value in told]
