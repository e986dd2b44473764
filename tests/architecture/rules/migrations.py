"""A table or view is made by one migration: two made side by side with the same name fit until they are applied."""

import re
from pathlib import Path

from tests.architecture.rules.source import finding

MADE = re.compile(r"^CREATE (?:UNLOGGED )?(?:TABLE|VIEW|MATERIALIZED VIEW) ([\w.]+)", re.MULTILINE)


def made_twice(root: Path) -> list[str]:
    """Tables and views that two places of the migrations make; another version of a view has another number."""
    found, known = [], set[str]()
    for path in sorted((root / "migrations").rglob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        for match in MADE.finditer(sql):
            name = match[1] if "." in match[1] else f"{path.parent.name}.{match[1]}"
            if name in known:
                found.append(finding(root, path, sql.count("\n", 0, match.start()) + 1, f"{name} is made already"))
            known.add(name)
    return found
