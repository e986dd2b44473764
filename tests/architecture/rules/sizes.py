"""A file fits in the head: at most 300 lines; a function at most 40."""

import ast
from pathlib import Path

from tests.architecture.rules.source import finding, python_files, source_files, tree_of

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40


def long_files(root: Path) -> list[str]:
    """Files that should become a folder."""
    found = []
    for path in [
        *python_files(root, "src", "tests", "scripts", "monitoring"),
        *sorted((root / "migrations").rglob("*.sql")),
    ]:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES_OF_A_FILE:
            found.append(finding(root, path, lines, f"{lines} lines; at most {MOST_LINES_OF_A_FILE}"))
    return found


def long_functions(root: Path) -> list[str]:
    """Functions that should become several."""
    found = []
    for path in source_files(root):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    message = f"{node.name} has {lines} lines; at most {MOST_LINES_OF_A_FUNCTION}"
                    found.append(finding(root, path, node.lineno, message))
    return found
