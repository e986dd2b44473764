"""Files that the gateway follows: a wrong one is one line before anything starts."""

from pathlib import Path

import pytest

from taskyard.composition import commands
from taskyard.composition.door_files import check_door_files
from taskyard.kit.settings import SettingsError, parse_settings


def test_without_files_there_is_nothing_to_check() -> None:
    check_door_files(parse_settings({}))


@pytest.mark.usefixtures("bare_environment")
def test_a_wrong_file_of_limits_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("[classes]\nreed = { quota = 1, window = 1 }\n")
    monkeypatch.setenv("TASKYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TASKYARD_LIMITS_FILE", str(file))
    for command in ("check-config", "up"):
        assert commands.main([command]) == 1
        errors = capsys.readouterr().err.splitlines()
        assert len(errors) == 1
        assert f"TASKYARD_LIMITS_FILE={file}: " in errors[0]
        assert "reed" in errors[0]
    assert not (tmp_path / "home").exists()


def test_a_missing_file_of_limits_is_refused(tmp_path: Path) -> None:
    settings = parse_settings({"TASKYARD_LIMITS_FILE": str(tmp_path / "nothing")})
    with pytest.raises(SettingsError, match="there is no such file"):
        check_door_files(settings)


@pytest.mark.parametrize("content", ["[tasks]\nurls = 'http://a:1'\n", "[task]\nurls = 'a'\n"])
def test_a_wrong_file_of_canaries_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "canary.toml"
    settings = parse_settings({"TASKYARD_CANARY_FILE": str(file)})
    check_door_files(settings)
    file.write_text(content)
    with pytest.raises(SettingsError, match="TASKYARD_CANARY_FILE"):
        check_door_files(settings)
