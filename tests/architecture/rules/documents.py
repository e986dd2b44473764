"""The documents are true: every path, make target, command and setting they name exists."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.architecture.rules.source import PACKAGE, finding, source_files

MOST_LINES_OF_A_DECISION = 30
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)(?![\w-])")
COMMAND = re.compile(r"\btaskyard ([a-z][a-z-]+)\b")
VARIABLE = re.compile(r"\bTASKYARD_[A-Z_]+\b(?![<*])")
REFERENCE = re.compile(r"\bdocs/[\w./-]*\w")
PATH = re.compile(r"[\w.{},*<>/-]+")


def documents(root: Path) -> list[Path]:
    """The documents of the project."""
    return [root / name for name in DOCUMENTS if (root / name).exists()] + sorted((root / "docs").rglob("*.md"))


def missing_paths(root: Path) -> list[str]:
    """Paths in backticks and links that lead nowhere."""
    found: list[str] = []
    for path, number, line in _lines(root):
        names = [name for name in CODE.findall(line) if _looks_like_path(root, name) and not _exists(root, path, name)]
        names += [name for name in LINK.findall(line) if not (path.parent / name).exists()]
        found.extend(finding(root, path, number, f"{name} does not exist") for name in names)
    return found


def missing_references(root: Path) -> list[str]:
    """Documents that a comment or docstring sends the reader to, and that are not there."""
    return [
        finding(root, path, number, f"{name} does not exist")
        for path in source_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for name in REFERENCE.findall(line)
        if not any(root.glob(name.rstrip(".") + "*"))
    ]


def missing_targets(root: Path) -> list[str]:
    """``make`` targets that the Makefile does not have."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = {name for line in re.findall(r"^([a-z][\w -]*):(?!=)", makefile, re.MULTILINE) for name in line.split()}
    return [
        finding(root, path, number, f"make {target} is not in the Makefile")
        for path, number, code in _code(root)
        for target in TARGET.findall(code)
        if target not in targets
    ]


def missing_commands(root: Path, commands: set[str]) -> list[str]:
    """``taskyard`` commands that the program does not have."""
    return [
        finding(root, path, number, f"taskyard {command} is not a command")
        for path, number, code in _code(root)
        for command in COMMAND.findall(code)
        if command not in commands
    ]


def missing_settings(root: Path, variables: set[str]) -> list[str]:
    """Settings that the program does not read."""
    return [
        finding(root, path, number, f"{variable} is not a setting")
        for path, number, line in _lines(root)
        for variable in VARIABLE.findall(line)
        if variable not in variables
    ]


def unmapped_folders(root: Path, files: Iterable[Path]) -> list[str]:
    """Folders of the project that the tree in ARCHITECTURE.md does not show."""
    tree = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^([a-z]+)/", tree, re.MULTILINE))
    places = {path.relative_to(root).parts[0] for path in files if path.parent != root}
    return [
        finding(root, root / "ARCHITECTURE.md", 1, f"{name}/ is not in the tree")
        for name in sorted(places - shown)
        if not name.startswith(".")
    ]


def _lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    for path in documents(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path, number, line


def _code(root: Path) -> Iterator[tuple[Path, int, str]]:
    """What is typed: text in backticks, and lines of fenced blocks without their comments."""
    for path in documents(root):
        fenced = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("```"):
                fenced = not fenced
            elif fenced:
                yield path, number, line.partition("#")[0]
            else:
                for text in CODE.findall(line):
                    yield path, number, text


def _looks_like_path(root: Path, text: str) -> bool:
    if not PATH.fullmatch(text) or text.startswith(("/", "<", ".venv/")):
        return False
    first = text.split("/", maxsplit=1)[0]
    if "/" in text:
        return first.startswith(".") or _is_top(root, first)
    return text in DOCUMENTS or text.endswith((".md", ".toml", ".sql", ".py", ".yml", ".yaml", ".lock"))


def _is_top(root: Path, name: str) -> bool:
    tops = {"src", "tests", "docs", "migrations", "scripts", "requirements", "benchmarks", "kubernetes", "monitoring"}
    packages = {"kit", "contracts", "composition", "gateway", "auth", "task", "project", "notification"}
    return name in tops | packages or (root / name).is_dir()


def _exists(root: Path, document: Path, text: str) -> bool:
    places = (root, root / PACKAGE, document.parent)
    return all(any(_matches(place, name) for place in places) for name in _spellings(text.rstrip("/")))


def _spellings(text: str) -> list[str]:
    """``kit/{clock,ids}.py`` names two files; ``<word>`` and NNNN stand for anything."""
    text = re.sub(r"<[^>]*>|NNNN_words|NNNN", "*", text)
    choice = re.search(r"\{([^{}]*)\}", text)
    if not choice:
        return [text]
    return [
        spelling
        for word in choice.group(1).split(",")
        for spelling in _spellings(text[: choice.start()] + word + text[choice.end() :])
    ]


def _matches(place: Path, name: str) -> bool:
    if "*" in name:
        return any(place.glob(name))
    return (place / name).exists() or (place / f"{name}.py").exists()


def long_decisions(root: Path) -> list[str]:
    """Decision records over 30 lines."""
    return [
        finding(root, path, lines, f"{lines} lines; a decision record has at most {MOST_LINES_OF_A_DECISION}")
        for path in _decisions(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES_OF_A_DECISION
    ]


def unlisted_decisions(root: Path) -> list[str]:
    """Decision records that the index does not link."""
    index = root / "docs/decisions/README.md"
    listed = index.read_text(encoding="utf-8")
    return [
        finding(root, path, 1, "is not in the index") for path in _decisions(root) if f"({path.name})" not in listed
    ]


def _decisions(root: Path) -> list[Path]:
    return sorted((root / "docs/decisions").glob("[0-9]*.md"))
