"""Administrators of a Taskyard whose state folder is ours: made by the command, while it runs."""

import os
import subprocess
import sys
from pathlib import Path


def grant(home: Path, email: str) -> None:
    """Let somebody run the deployment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
    command = [sys.executable, "-m", "taskyard", "admin", "grant", email]
    subprocess.run(command, env={**kept, "TASKYARD_HOME": str(home)}, check=True, capture_output=True, timeout=60)
