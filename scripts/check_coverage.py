"""The coverage gate: every branch of actions and permissions, and 90 % of everything.

Reads what the last measured run left behind, or a report of ``coverage json`` that is named.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LEAST_OVERALL = 90.0
DECIDING_ROOM = re.compile(r"taskyard/\w+/(?:actions|permissions)(?:/|\.py$)")


def find_gaps(report: Mapping[str, Any]) -> list[str]:
    """Say what is not covered enough, one line each; nothing when the gate is open."""
    gaps = []
    for name, file in sorted(report["files"].items()):
        if DECIDING_ROOM.search(name.replace("\\", "/")):
            gaps += [f"{name}:{line}: never run" for line in file["missing_lines"]]
            gaps += [f"{name}:{start}: the branch to {end} is never taken" for start, end in file["missing_branches"]]
    overall = report["totals"]["percent_covered"]
    if overall < LEAST_OVERALL:
        gaps.append(f"overall: {overall:.1f} % is covered; at least {LEAST_OVERALL:.0f} %")
    if not any(DECIDING_ROOM.search(name.replace("\\", "/")) for name in report["files"]):
        gaps.append("no actions and no permissions in the report: was the right program measured?")
    return gaps


def main(arguments: list[str]) -> int:
    """Print the gaps; the exit code says whether there are any."""
    report = json.loads(Path(arguments[0]).read_text(encoding="utf-8") if arguments else _measured())
    gaps = find_gaps(report)
    sys.stdout.writelines(f"{gap}\n" for gap in gaps)
    return 1 if gaps else 0


def _measured() -> str:
    """Have the data written as JSON; too little coverage also makes that command fail, so look at its text."""
    command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", "-"]
    report = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout  # noqa: S603 - our own
    if not report.startswith("{"):
        sys.exit("nothing was measured: `make test` does that")
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
