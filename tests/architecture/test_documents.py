"""What the documents name exists; and the checks that say so can fail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from taskyard.composition import arguments
from taskyard.kit.setting_table import TABLE
from tests.architecture.rules import documents, places

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = {setting.variable for setting in TABLE}
COMMANDS = set(re.findall(r"add_parser\(\s*\"([a-z-]+)\"", Path(arguments.__file__).read_text(encoding="utf-8")))

RULES: list[Callable[[Path], list[str]]] = [
    documents.missing_paths,
    documents.missing_targets,
    lambda root: documents.missing_commands(root, COMMANDS),
    lambda root: documents.missing_settings(root, VARIABLES),
    documents.long_decisions,
    documents.unlisted_decisions,
    documents.missing_references,
]
NAMES = ["paths", "targets", "commands", "settings", "long_decisions", "unlisted_decisions", "references"]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_documents_are_true(rule: Callable[[Path], list[str]]) -> None:
    findings = rule(ROOT)
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_document_exists(name: str) -> None:
    assert (ROOT / name).is_file()


def test_every_folder_is_in_the_tree() -> None:
    findings = documents.unmapped_folders(ROOT, places.tracked_files(ROOT))
    assert not findings, "\n" + "\n".join(findings)


def project(root: Path, readme: str) -> Path:
    """A small project that says something about itself."""
    (root / "src/taskyard/kit").mkdir(parents=True)
    (root / "src/taskyard/kit/clock.py").touch()
    (root / "docs/decisions").mkdir(parents=True)
    (root / "docs/decisions/README.md").write_text("[one](0001-one.md)\n", encoding="utf-8")
    (root / "docs/decisions/0001-one.md").write_text("# One\n", encoding="utf-8")
    (root / "Makefile").write_text("run: bootstrap\n\t@true\nbootstrap:\n\t@true\n", encoding="utf-8")
    (root / "README.md").write_text(readme, encoding="utf-8")
    return root


FALSE = [
    (0, "See `src/taskyard/kit/watch.py`."),
    (0, "See `kit/{clock,watch}`."),
    (0, "See `tests/journeys/`."),
    (0, "See [the manual](docs/manual.md)."),
    (0, "See `docs/decisions/0007-*.md`."),
    (1, "Type `make cake`."),
    (1, "```sh\nmake cake\n```"),
    (2, "Type `taskyard fly`."),
    (3, "Set `TASKYARD_SPEED`."),
]
TRUE = [
    "See `src/taskyard/kit/clock.py`, `kit/clock`, `kit/{clock,clock.py}`, `docs/decisions/0001-<words>.md`.",
    "See [one](docs/decisions/0001-one.md), [the standard](https://example.org/x) and `and/or`.",
    "Type `make run` or `taskyard up --split`.\n```sh\nmake run  # make cake\n```\nmake do.",
    "Set `TASKYARD_PORT`.",
]


@pytest.mark.parametrize(("rule", "text"), FALSE)
def test_untrue_sentence_is_reported(tmp_path: Path, rule: int, text: str) -> None:
    assert len(RULES[rule](project(tmp_path, text))) == 1


@pytest.mark.parametrize("text", TRUE)
def test_true_sentence_passes(tmp_path: Path, text: str) -> None:
    root = project(tmp_path, text)
    assert [finding for rule in RULES for finding in rule(root)] == []


def test_long_decision_is_reported(tmp_path: Path) -> None:
    root = project(tmp_path, "")
    (root / "docs/decisions/0001-one.md").write_text("line\n" * 31, encoding="utf-8")
    assert len(documents.long_decisions(root)) == 1


def test_decision_missing_from_the_index_is_reported(tmp_path: Path) -> None:
    root = project(tmp_path, "")
    (root / "docs/decisions/0002-two.md").write_text("# Two\n", encoding="utf-8")
    assert len(documents.unlisted_decisions(root)) == 1


def test_comment_that_sends_the_reader_nowhere_is_reported(tmp_path: Path) -> None:
    root = project(tmp_path, "")
    (root / "src/taskyard/kit/clock.py").write_text("# see docs/decisions/0001 and docs/decisions/0009\n")
    (reported,) = documents.missing_references(root)
    assert "docs/decisions/0009 does not exist" in reported


def test_folder_missing_from_the_tree_is_reported(tmp_path: Path) -> None:
    (tmp_path / "ARCHITECTURE.md").write_text("src/taskyard/\n  kit/\n", encoding="utf-8")
    files = [tmp_path / name for name in ("README.md", "src/taskyard/kit/clock.py", ".ci/run.sh", "kit/clock.py")]

    (reported,) = documents.unmapped_folders(tmp_path, files)
    assert "kit/ is not in the tree" in reported
