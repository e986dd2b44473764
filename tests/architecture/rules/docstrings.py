"""Every module, public class and public function says what it is for."""

import ast
from pathlib import Path

from tests.architecture.rules.source import finding, source_files, tree_of


def missing_docstrings(root: Path) -> list[str]:
    """Public things that do not say what they are for."""
    found = []
    for path in source_files(root):
        tree = tree_of(path)
        if not ast.get_docstring(tree):
            found.append(finding(root, path, 1, "the module has no docstring"))
        found.extend(
            finding(root, path, node.lineno, f"{node.name} has no docstring")
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        )
    return found
