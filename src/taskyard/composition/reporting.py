"""What a process tells those who run it: its log lines, and its errors where a server collects them."""

import taskyard
from taskyard.kit import logs
from taskyard.kit.error_reports import ErrorReports, Reporter
from taskyard.kit.log_output import LogFile
from taskyard.kit.settings import Settings

MEGABYTE = 1_000_000


class Reporting:
    """Both, from here to ``close``."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Begin. Raises LogFileError."""
        self._errors: ErrorReports | None = None
        if settings.sentry_dsn is not None:
            reporter = Reporter(
                dsn=settings.sentry_dsn,
                environment=settings.environment,
                service=service,
                version=taskyard.__version__,
            )
            self._errors = ErrorReports(reporter)
        on_error = None if self._errors is None else self._errors.report
        logs.configure(settings.log_level, _file_of(settings), service, on_error=on_error)

    def close(self) -> None:
        """Write and send what is waiting, for at most a few seconds."""
        if self._errors is not None:
            self._errors.close()
        logs.close()


def _file_of(settings: Settings) -> LogFile | None:
    if settings.log_file is None:
        return None
    return LogFile(settings.log_file, settings.log_file_megabytes * MEGABYTE, settings.log_files_kept)
