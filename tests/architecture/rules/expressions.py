"""The text of a statement, however it is put together: constants, f-strings, names, imports, fragments."""

import ast
from pathlib import Path

from tests.architecture.rules.source import docstrings_of, module_name, source_files, tree_of

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Program:
    """The module-level names of a whole program, so that a statement's parts can be looked up."""

    def __init__(self, root: Path) -> None:
        self._trees = {module_name(root, path): tree_of(path) for path in source_files(root)}
        self._definitions = {name: _definitions(tree) for name, tree in self._trees.items()}
        self._imports = {name: _imports(tree) for name, tree in self._trees.items()}

    def alternatives(self, module: str, function: Function, expression: ast.expr) -> list[str]:
        """Every text an expression may have: a choice between statements gives each of them."""
        if isinstance(expression, ast.IfExp):
            choices = [expression.body, expression.orelse]
        elif isinstance(expression, ast.Subscript):
            choices = self._values_of_table(module, expression.value)
        elif isinstance(expression, ast.Name):
            choices = _assigned_in(function, expression.id)
        else:
            choices = []
        if choices:
            return [text for choice in choices for text in self.alternatives(module, function, choice)]
        return [self._text(module, expression, frozenset(), _locals(function))]

    def _values_of_table(self, module: str, expression: ast.expr) -> list[ast.expr]:
        found = self._definitions[module].get(expression.id) if isinstance(expression, ast.Name) else None
        return list(found.values) if isinstance(found, ast.Dict) else []

    def _text(
        self, module: str, node: ast.AST, seen: frozenset[str], local: dict[str, list[ast.expr]] | None = None
    ) -> str:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if isinstance(node, ast.Name):
            if local and node.id in local:
                rest = {name: parts for name, parts in local.items() if name != node.id}
                return " ".join(self._text(module, part, seen, rest) for part in local[node.id])
            return self._text_of_name(module, node.id, seen)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            target = self._imports[module].get(node.value.id)
            if target and ".".join(target) in self._definitions:
                return self._text_of_name(".".join(target), node.attr, seen)
        documentation = docstrings_of(ast.Module([node], [])) if isinstance(node, Function) else set()
        children = (child for child in ast.iter_child_nodes(node) if not _is_documentation(child, documentation))
        return "".join(self._text(module, child, seen, local) for child in children)

    def _text_of_name(self, module: str, name: str, seen: frozenset[str]) -> str:
        key = f"{module}.{name}"
        if key in seen or module not in self._definitions:
            return ""
        found = self._definitions[module].get(name)
        if found is not None:
            return self._text(module, found, seen | {key})
        target = self._imports[module].get(name)
        return self._text_of_name(target[0], target[1], seen | {key}) if target else ""


def _is_documentation(node: ast.AST, documentation: set[ast.AST]) -> bool:
    return isinstance(node, ast.Expr) and node.value in documentation


def _definitions(tree: ast.Module) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, Function):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
        elif isinstance(node, ast.Assign):
            found.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
    return found


def _imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _assigned_in(function: Function, name: str) -> list[ast.expr]:
    """The values a local name is set to, when it is only ever set as a whole."""
    parts = [node for node in ast.walk(function) if isinstance(node, ast.AugAssign | ast.Assign | ast.AnnAssign)]
    if any(isinstance(node, ast.AugAssign) and ast.unparse(node.target) == name for node in parts):
        return []
    return _locals(function).get(name, [])


def _locals(function: Function) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                found.setdefault(target.id, []).append(node.value)
    return found
