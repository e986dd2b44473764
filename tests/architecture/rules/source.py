"""What every rule needs: the files under a root, their syntax trees, and how a finding is written."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

PACKAGE = Path("src/taskyard")
SERVICES = ("auth", "project", "task", "notification")


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Every Python file under the folders of a checkout, in a stable order."""
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def source_files(root: Path) -> Iterator[Path]:
    """Every Python file of the program itself."""
    return python_files(root, str(PACKAGE))


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return _parse(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _parse(path: Path, _changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def finding(root: Path, path: Path, line: int, message: str) -> str:
    """One line a person can click on."""
    return f"{path.relative_to(root)}:{line}: {message}"


def module_name(root: Path, path: Path) -> str:
    """The dotted name a file is imported by."""
    parts = path.relative_to(root / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def docstrings_of(tree: ast.Module) -> set[ast.AST]:
    """The nodes that are documentation: docstrings, and strings that stand alone under a name."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
