"""What the operator's dashboards ask the database for, put together for the process that does the background work."""

from functools import partial

from taskyard.auth.queries.census import count_live_sessions, count_people
from taskyard.composition.process import Process
from taskyard.kit import clock
from taskyard.kit.backup.watch import BackupWatch
from taskyard.kit.census import Census, Count
from taskyard.kit.roles import SERVICES
from taskyard.notification.webhooks.watch import WebhookWatch
from taskyard.project.queries.census import count_projects, count_workspaces


def run_census(process: Process) -> None:
    """Count a few times a minute for as long as the process lives."""
    auth, project = process.database("auth"), process.database("project")

    async def sessions() -> int:
        return await count_live_sessions(auth, clock.now())

    totals: dict[str, Count] = {
        "people": partial(count_people, auth),
        "sessions": sessions,
        "workspaces": partial(count_workspaces, project),
        "projects": partial(count_projects, project),
    }
    services = {service: process.database(service) for service in SERVICES}
    census = Census(process.database("sequencer"), services, totals)
    process.background.add("census", census.count_again)
    process.background.add("webhook watch", WebhookWatch(process.database("notification")).look_again)
    if process.settings.backup_folder is not None:
        process.background.add("backup watch", BackupWatch(process.settings.backup_folder).look_again)
