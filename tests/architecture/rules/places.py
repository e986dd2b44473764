"""Nothing in the repository depends on one machine or one package registry."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.rules.source import finding

# Written in two parts each, so that this file does not find itself.
ELSEWHERE = re.compile(
    r"(?<![\w.])/(?:wo"
    r"rk|tm"
    r"p|ro"
    r"ot|ho"
    r"me/\w+)/[\w.-]"
    r"|(?:files\.python"
    r"hosted|\bpypi|test\.pypi)\.org|registry\.(?:npm"
    r"js|yarn"
    r"pkg)\.\w+"
    r"|(?<!emit-)(?:index|extra-index)-"
    r"url|(?<!emit-)find-"
    r"links"
)
SHIPPED_AS_IS = ("src/taskyard/gateway/assets/",)


def tracked_files(root: Path) -> list[Path]:
    """What would be published: the files git knows."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)  # noqa: S607 - git, wherever it is
    return [root / name for name in listing.stdout.decode().split("\0") if name and (root / name).is_file()]


def tied_to_a_place(root: Path, files: Iterable[Path]) -> list[str]:
    """Lines that name a path of one machine or the host of a package registry."""
    found = []
    for path in files:
        if str(path.relative_to(root)).startswith(SHIPPED_AS_IS):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := ELSEWHERE.search(line):
                found.append(finding(root, path, number, f"{match.group()} belongs to one place"))
    return found
