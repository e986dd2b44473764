"""`make containers-test` says what a machine lacks in one sentence."""

import os
from pathlib import Path

import pytest

from scripts import containers_compose, containers_engine


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the only programs there are, on the machine of root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def add(folder: Path, name: str, code: int) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)


def test_without_docker_the_remedy_is_named(programs: Path) -> None:
    assert not list(programs.iterdir())
    assert "apt-get install" in containers_engine.missing_here()


def test_client_without_an_engine_is_not_enough(programs: Path) -> None:
    add(programs, "docker", 1)
    assert "no docker engine" in containers_engine.missing_here()
    add(programs, "dockerd", 0)
    assert not containers_engine.missing_here()


def test_running_engine_is_enough(programs: Path) -> None:
    add(programs, "docker", 0)
    assert not containers_engine.missing_here()


def test_either_kind_of_compose_will_do(programs: Path) -> None:
    add(programs, "docker", 1)
    assert not containers_compose.compose_program()
    add(programs, "docker", 0)
    assert containers_compose.compose_program() == ["docker", "compose"]
    add(programs, "docker-compose", 0)
    assert containers_compose.compose_program() == ["docker-compose"]
