"""Types mean something: no ``Any`` outside the kit, and what crosses a border cannot change."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules.source import PACKAGE, finding, python_files, source_files, tree_of

BORROWED_TYPES = frozenset({"Request", "Response", "WebSocket", "Coroutine", "Task"})
"""Generic types of others whose parameters mean nothing here."""


def loose_types(root: Path) -> list[str]:
    """Annotations with Any outside kit."""
    kit = root / PACKAGE / "kit"
    return [
        finding(root, path, annotation.lineno, "Any is for the kit; say which type")
        for path in source_files(root)
        if kit not in path.parents
        for annotation in _annotations(tree_of(path))
        if _mentions_any(annotation)
    ]


def mutable_contracts(root: Path) -> list[str]:
    """Structs in contracts that are not frozen."""
    return [
        finding(root, path, node.lineno, f"{node.name} is not frozen")
        for path in python_files(root, str(PACKAGE / "contracts"))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and _is_struct(node) and not _is_frozen(node)
    ]


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns


def _mentions_any(annotation: ast.AST) -> bool:
    if isinstance(annotation, ast.Name):
        return annotation.id == "Any"
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).split(".")[-1] in BORROWED_TYPES:
        return False
    return any(_mentions_any(child) for child in ast.iter_child_nodes(annotation))


def _is_struct(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Struct") for base in node.bases)


def _is_frozen(node: ast.ClassDef) -> bool:
    return any(word.arg == "frozen" and ast.unparse(word.value) == "True" for word in node.keywords)
