"""The import contracts of pyproject.toml hold, and each of them breaks when it should."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What is wrong in the copy, and the line of the report that must say so.
BREACHES = {
    "kit/clock.py": ("import taskyard.contracts.task", "taskyard.kit is not allowed to import taskyard.contracts"),
    "task/models.py": ("import taskyard.project.errors", "taskyard.task is not allowed to import taskyard.project"),
    "auth/queries.py": ("import taskyard.auth.actions", "taskyard.auth.queries -> taskyard.auth.actions"),
    "project/actions.py": ("import litestar", "taskyard.project.actions is not allowed to import litestar"),
    "task/routes.py": ("import asyncpg", "taskyard.task.routes is not allowed to import asyncpg"),
    "notification/utils.py": ("", "taskyard.notification.utils"),
    "everything.py": ("", "taskyard.everything"),
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts over the tree under a root."""
    path = f"import sys; sys.path.insert(0, {str(root / 'src')!r})"
    return subprocess.run(
        [sys.executable, "-c", f"{path}; import importlinter.cli as cli; cli.lint_imports_command()", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the contracts say about a copy of the source with every breach in it."""
    root = tmp_path_factory.mktemp("breached")
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    package = copytree(ROOT / "src/taskyard", root / "src/taskyard", ignore=ignore_patterns("__pycache__"))
    for name, (line, _) in BREACHES.items():
        path = package / name
        path = path.with_suffix("") / "__init__.py" if path.with_suffix("").is_dir() else path
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    outcome = lint(root)
    assert outcome.returncode != 0
    return " ".join(outcome.stdout.split())


def test_import_contracts_hold() -> None:
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("breach", BREACHES)
def test_breach_is_reported(report: str, breach: str) -> None:
    assert BREACHES[breach][1] in report
