"""The command line: every expected failure is one line on the error output, never a traceback."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import taskyard
from taskyard.composition import commands


@pytest.fixture
def environment(bare_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - for what it takes away
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKYARD_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["version"]) == 0
    assert capsys.readouterr().out == f"taskyard {taskyard.__version__}\n"


def test_config_is_checked_and_shown_without_secrets(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASKYARD_DATABASE_URL", "postgresql://owner:hunter2@host/db")
    (environment / ".env").write_text("TASKYARD_PORT=4321\n")
    assert commands.main(["check-config"]) == 0
    output = capsys.readouterr().out
    assert "TASKYARD_PORT = 4321" in output
    assert "hunter2" not in output


@pytest.mark.usefixtures("environment")
def test_busy_port_is_found_before_the_database_starts(
    taken_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["up", "--port", str(taken_port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {taken_port}" in one_line(capsys)
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("arguments", "settings", "expected"),
    [
        (["up"], {"TASKYARD_PORT": "many"}, "TASKYARD_PORT=many: expected a whole number"),
        (["check-config"], {"TASKYARD_COLOUR": "red"}, "TASKYARD_COLOUR is not a setting"),
        (["migrate"], {"TASKYARD_HOME": "/dev/null/home"}, "cannot write to the folder /dev/null/home"),
        (["migrate"], {"TASKYARD_DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/x"}, "127.0.0.1:1/x"),
        (["migrate"], {"TASKYARD_MASTER_KEY_FILE": "/etc/passwd"}, "the key file /etc/passwd is damaged"),
        (["--env-file", "gone.env", "migrate"], {}, "cannot read gone.env"),
        (["up", "--split"], {"TASKYARD_PORT": "65533"}, "cannot listen on 127.0.0.1 port 65536"),
        (["serve", "auth"], {}, "TASKYARD_AUTH_DATABASE_URL is not set"),
        (["worker"], {}, "TASKYARD_AUTH_DATABASE_URL is not set"),
    ],
)
def test_mistake_is_one_line(
    arguments: list[str],
    settings: dict[str, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert commands.main(arguments) == 1
    assert expected in one_line(capsys)


@pytest.mark.usefixtures("environment")
def test_service_without_shared_cache_or_with_a_broken_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASKYARD_AUTH_DATABASE_URL", "postgresql://a@b/c")
    assert commands.main(["serve", "auth"]) == 1
    assert "TASKYARD_REDIS_URL is not set" in one_line(capsys)
    monkeypatch.setenv("TASKYARD_REDIS_URL", "redis://localhost")
    monkeypatch.setenv("TASKYARD_SERVICE_KEY", "short")
    assert commands.main(["serve", "auth"]) == 1
    assert "the key of auth is not 32 bytes" in one_line(capsys)


def test_lost_master_key_is_not_replaced_beside_a_database(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = environment / "home" / "master.key"
    (environment / "home" / "postgres" / "data").mkdir(parents=True)
    assert commands.main(["migrate"]) == 1
    assert f"cannot read the key file {key}" in one_line(capsys)
    assert not key.exists()


@pytest.mark.parametrize("arguments", [["up", "--port", "x"], ["up", "--workers", "0"], ["serve", "nothing"], []])
def test_wrong_usage_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(arguments)
    assert caught.value.code == 2
    assert "usage: taskyard" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.main(["--help"])
    output = capsys.readouterr().out
    assert all(word in output for word in ("up", "serve", "worker", "migrate", "check-config", "version"))


def test_module_is_the_program() -> None:
    source = str(Path(taskyard.__file__).parents[1])
    command = [sys.executable, "-m", "taskyard", "version"]
    result = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": source}, capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("taskyard ")


def test_ctrl_c_while_it_loads_ends_it_without_a_word(environment: Path) -> None:
    (environment / "argparse.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    source = str(Path(taskyard.__file__).parents[1])
    command = [sys.executable, "-m", "taskyard", "version"]
    result = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": source}, capture_output=True, text=True, check=False
    )
    assert result.returncode == -signal.SIGINT
    assert result.stdout + result.stderr == ""


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1, captured
    return captured
