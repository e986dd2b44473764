"""The same rooms everywhere: a new kind of module needs a line here, and a reason in ARCHITECTURE.md."""

from pathlib import Path

from tests.architecture.rules.source import PACKAGE, SERVICES, finding, source_files

ROOMS = frozenset({"routes", "listeners", "actions", "permissions", "queries", "models", "errors", "pages", "jobs"})
EXTRA_ROOMS: dict[str, frozenset[str]] = {
    # open connections: one reader of the log for all of them; mail and webhooks: their words and the way out
    "notification": frozenset({"streams", "mail", "webhooks"}),
}
# Words that say nothing about what is inside.
EMPTY_WORDS = frozenset(
    {"util", "utils", "helper", "helpers", "manager", "managers", "base", "service", "data"}
    | {"common", "misc", "shared", "stuff"}
)


def unknown_rooms(root: Path) -> list[str]:
    """Modules of a service that are none of the permitted rooms."""
    found = []
    for service in SERVICES:
        permitted = ROOMS | EXTRA_ROOMS.get(service, frozenset())
        for path in sorted((root / PACKAGE / service).glob("*")):
            is_module = path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
            if is_module and path.stem not in permitted | {"__init__"}:
                found.append(finding(root, path, 1, f"{path.stem} is not a room of a service"))
    return found


def empty_names(root: Path) -> list[str]:
    """Modules and folders whose name says nothing."""
    found = []
    for path in source_files(root):
        words = {word for part in path.relative_to(root / PACKAGE).with_suffix("").parts for word in part.split("_")}
        if words & EMPTY_WORDS:
            found.append(finding(root, path, 1, f"a name without {', '.join(sorted(words & EMPTY_WORDS))}, please"))
    return found
