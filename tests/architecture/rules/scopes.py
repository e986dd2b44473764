"""No route is open to every credential: whatever takes a caller asks for a scope, and for one that exists.

The scopes are listed in ``src/taskyard/contracts/scopes.py``; a new noun needs its lines there.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules.source import PACKAGE, SERVICES, finding, python_files, tree_of

DOORS = frozenset({"get", "post", "put", "patch", "delete"})
Handler = ast.FunctionDef | ast.AsyncFunctionDef


def routes_without_scope(root: Path) -> list[str]:
    """Handlers that nowhere say ``require_...(caller, ...)``."""
    return [
        finding(root, path, handler.lineno, f"{handler.name} asks for no scope: require_scope(caller, ...)")
        for path, handler in _handlers(root)
        if not any(_demands(tree_of(path), handler))
    ]


def unknown_scopes(root: Path, known: set[str]) -> list[str]:
    """Scopes that routes ask for and contracts/scopes.py does not list."""
    found = []
    for path, handler in _handlers(root):
        tree = tree_of(path)
        scopes = [_scope_in(tree, demand) for demand in _demands(tree, handler)]
        found += [
            finding(root, path, handler.lineno, f"{scope} is not in contracts/scopes.py")
            for scope in scopes
            if scope is not None and scope not in known
        ]
    return found


def scopes_of_handlers(root: Path) -> dict[tuple[str, str], set[str]]:
    """The scopes that handlers name themselves, by module and function; those that others ask for them are not seen."""
    found = {}
    for path, handler in _handlers(root):
        tree = tree_of(path)
        named = {scope for demand in _demands(tree, handler) if (scope := _scope_in(tree, demand)) is not None}
        module = path.relative_to(root / "src").with_suffix("")
        found[".".join(part for part in module.parts if part != "__init__"), handler.name] = named
    return found


def _handlers(root: Path) -> Iterator[tuple[Path, Handler]]:
    """What answers requests of somebody who is known."""
    for service in SERVICES:
        for path in python_files(root, str(PACKAGE / service)):
            if "routes" not in path.relative_to(root).with_suffix("").parts:
                continue
            for node in tree_of(path).body:
                if isinstance(node, Handler) and _is_door(node) and "caller" in _parameters(node):
                    yield path, node


def _is_door(node: Handler) -> bool:
    names = [
        call.func.id for call in node.decorator_list if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    ]
    return bool(DOORS.intersection(names))


def _parameters(node: Handler) -> set[str]:
    return {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}


def _demands(tree: ast.Module, function: Handler) -> Iterator[ast.Call]:
    """Every call ``require_...(caller, ...)`` of a function, and of the private ones of its module that it calls."""
    private = {node.name: node for node in tree.body if isinstance(node, Handler) and node.name.startswith("_")}
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in private and private[name] is not function:
            yield from _demands(tree, private[name])
        elif name.startswith("require_") and call.args and getattr(call.args[0], "id", "") == "caller":
            yield call


def _scope_in(tree: ast.Module, demand: ast.Call) -> str | None:
    """The scope a demand names, itself or by a constant of its module."""
    if len(demand.args) < 2:
        return None
    given = demand.args[1]
    if isinstance(given, ast.Constant):
        return str(given.value)
    constants = dict(_constants(tree))
    return constants.get(given.id) if isinstance(given, ast.Name) else None


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                    yield name.id, str(value.value)
