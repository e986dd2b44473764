"""What a stopped server still has of its log and no archive has yet: the last minute before a restore."""

import subprocess
from pathlib import Path

import msgspec

from taskyard.kit.backup.segments import ANY_FILE, SEGMENT
from taskyard.kit.backup.shipping import waiting
from taskyard.kit.child_process import BARE_ENVIRONMENT
from taskyard.kit.embedded.postgres import spool_folder

WRITTEN = "pg_wal"


class LocalLog(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the log beside the present data, by name, and which cluster and history that data is."""

    cluster: str | None = None
    history: int | None = None
    files: dict[str, Path] = {}

    def of(self, cluster: str) -> "LocalLog":
        """The same if it belongs to a cluster, and nothing otherwise."""
        return self if self.cluster == cluster else LocalLog()

    def moments(self) -> dict[str, float]:
        """When each file was last written to, as a Unix time; of a mere copy nobody knows."""
        return {name: 0.0 if path.parent.name != WRITTEN else path.stat().st_mtime for name, path in self.files.items()}


def find_local_log(folder: Path, binaries: Path) -> LocalLog:
    """Look at the database folder of a stopped server; nothing when it is not there or too damaged to tell."""
    command = [str(binaries / "pg_controldata"), str(folder / "data")]
    result = subprocess.run(  # noqa: S603 - the wheel's own program
        command, env=BARE_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    words = dict(line.split(":", 1) for line in result.stdout.splitlines() if ":" in line)
    cluster = words.get("Database system identifier", "").strip()
    history = words.get("Latest checkpoint's TimeLineID", "").strip()
    if result.returncode != 0 or not history.isdecimal():
        return LocalLog()
    files = [*waiting(spool_folder(folder, cluster)), *_written(folder / "data" / WRITTEN)]
    return LocalLog(cluster=cluster, history=int(history), files={path.name: path for path in files})


def _written(folder: Path) -> list[Path]:
    """The files that hold the log; those after the last one written are old ones, renamed to be used again."""
    files = [path for path in folder.iterdir() if ANY_FILE.fullmatch(path.name)]
    segments = [path for path in files if SEGMENT.fullmatch(path.name)]
    last = max(segments, key=lambda path: path.stat().st_mtime_ns, default=None)
    return [path for path in files if path not in segments or last is None or path.name[8:] <= last.name[8:]]
