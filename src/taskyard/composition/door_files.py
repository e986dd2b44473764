"""The files by which whoever runs a deployment changes what the gateway lets in, while it runs."""

from collections.abc import Mapping

from taskyard.composition.process import Process
from taskyard.gateway.canary import Canary, read_shares
from taskyard.gateway.limits import Limiter
from taskyard.gateway.maintenance import MaintenanceMode, read_closure
from taskyard.gateway.policies import read_policies
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError
from taskyard.kit.watched_file import LOOK_SECONDS, FileError, WatchedFile


def check_door_files(settings: Settings) -> None:
    """Refuse a file that cannot be followed before anything is started. Raises SettingsError."""
    if settings.limits_file is not None:
        _look(WatchedFile(settings.limits_file, read_policies), f"LIMITS_FILE={settings.limits_file}")
    if settings.canary_file is not None:
        _look(WatchedFile(settings.canary_file, read_shares), f"CANARY_FILE={settings.canary_file}")
    _look(WatchedFile(settings.maintenance_path, read_closure), f"MAINTENANCE_FILE={settings.maintenance_path}")


def follow_maintenance(process: Process) -> MaintenanceMode:
    """What is closed, now and whenever the file of it changes. Raises SettingsError."""
    mode, path = MaintenanceMode(), process.settings.maintenance_path
    file = WatchedFile(path, mode.follow)
    _look(file, f"MAINTENANCE_FILE={path}")
    process.every(LOOK_SECONDS, "file of maintenance", file.look_again)
    return mode


def follow_limits(process: Process, limiter: Limiter) -> None:
    """Let the limits be those of the file that is set, now and whenever it changes. Raises SettingsError."""
    path = process.settings.limits_file
    if path is None:
        return
    file = WatchedFile(path, lambda content: limiter.use(read_policies(content)))
    _look(file, f"LIMITS_FILE={path}")
    process.every(LOOK_SECONDS, "file of limits", file.look_again)


def follow_canaries(process: Process, canaries: Mapping[str, Canary]) -> None:
    """Let the next versions of services be those of the file that is set, now and whenever it changes.

    Raises SettingsError.
    """
    path = process.settings.canary_file
    if path is None:
        return

    def take(content: bytes | None) -> None:
        shares = read_shares(content)
        for service, canary in canaries.items():
            canary.use(getattr(shares, service))

    file = WatchedFile(path, take)
    _look(file, f"CANARY_FILE={path}")
    process.every(LOOK_SECONDS, "file of canaries", file.look_again)


def _look(file: WatchedFile, setting: str) -> None:
    try:
        file.look()
    except FileError as error:
        raise SettingsError(f"{PREFIX}{setting}: {error}") from error
