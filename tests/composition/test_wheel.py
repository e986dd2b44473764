"""The wheel holds all that the program reads, and runs from anywhere without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("taskyard-*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _run(unpacked: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the unpacked program from a folder without anything of ours; a checkout's path file may not hide its gaps."""
    environment = {**_environment(unpacked), "TASKYARD_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "taskyard", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_wheel_holds_all_files_that_are_read(unpacked: Path) -> None:
    """Everything under version control, whatever its kind: a new kind of file cannot be forgotten."""
    package = {path.relative_to(ROOT / "src") for path in (ROOT / "src/taskyard").rglob("*") if _is_ours(path)}
    migrations = {Path("taskyard") / path.relative_to(ROOT) for path in (ROOT / "migrations").rglob("*.sql")}
    assert any(path.suffix == ".lua" for path in package)
    assert any(path.name == "swagger-ui-bundle.js" for path in package)
    assert migrations
    missing = {path for path in package | migrations if not (unpacked / path).is_file()}
    assert not missing


def test_unpacked_program_tells_its_version_and_settings(unpacked: Path, tmp_path: Path) -> None:
    version, settings = _run(unpacked, tmp_path, "version"), _run(unpacked, tmp_path, "check-config")
    assert version.stdout.startswith("taskyard "), version.stderr
    assert settings.stdout.endswith("All settings are valid.\n"), settings.stderr
    assert not (tmp_path / "home").exists()


def test_unpacked_program_finds_its_own_migrations(unpacked: Path, tmp_path: Path) -> None:
    code = "import taskyard.kit.migrations as m; print(m.migrations_folder())"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=tmp_path, env=_environment(unpacked), capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(unpacked / "taskyard" / "migrations")


def _environment(unpacked: Path) -> dict[str, str]:
    """Our surroundings without settings; the copy is not measured, or it would count as source that no test covers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TASKYARD_", "COVERAGE_"))}
    return {**kept, "PYTHONPATH": str(unpacked)}


def _is_ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
