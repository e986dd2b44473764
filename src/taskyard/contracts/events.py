"""Every type of event that webhooks may ask for, so that who names one is told when it does not exist."""

import re

from taskyard.contracts import grants, notification, project, project_copies, task, task_jobs, task_places

_TYPE = re.compile(r"[a-z_]+\.[a-z_]+\.v\d+")
PERSONAL = frozenset(
    {
        grants.SHARED_TASK_CREATED,
        grants.SHARED_TASK_UPDATED,
        grants.SHARED_TASK_DELETED,
        notification.NOTIFICATION_CREATED,
        notification.NOTIFICATION_READ,
        notification.NOTIFICATION_UPDATED,
        notification.MUTE_CREATED,
        notification.MUTE_DELETED,
        notification.PREFERENCES_UPDATED,
        notification.WEBHOOK_TEST,
        project.ACCESS_LOST,
        project_copies.PROJECT_COPY_CREATED,
        task.EXPORT_FINISHED,
        task.IMPORT_FINISHED,
        task.REMINDER_CREATED,
        task.REMINDER_DELETED,
        task.REMINDER_TOLD,
        task.WATCH_UPDATED,
        task_jobs.JOB_CREATED,
        task_jobs.JOB_CANCELLED,
        task_jobs.JOB_FINISHED,
    }
)
"""What only one person may see, or what is no event. All of the auth service's are personal."""


def types_in(module: object) -> set[str]:
    """The types that a module of contracts names."""
    return {value for value in vars(module).values() if isinstance(value, str) and _TYPE.fullmatch(value)}


_MODULES = (grants, notification, project, task, task_places)
SHARED = frozenset(kind for module in _MODULES for kind in types_in(module)) - PERSONAL
"""What whoever sees the workspace or the project may see."""


def wants(pattern: str, type_: str) -> bool:
    """Whether a pattern such as ``task.*`` means a type; without an asterisk at its end it means itself."""
    return type_.startswith(pattern[:-1]) if pattern.endswith("*") else type_ == pattern
