"""How old the last backup is, and how far the archived log is behind. Empty where no backups are set up."""

from monitoring.grafana.panels import Alert, Panel, Query

BACKUPS = (
    Panel(
        "Age of the last backup",
        "s",
        "Time since the last full backup was finished.",
        (Query("time() - max(taskyard_backup_last_success_timestamp_seconds)", "last backup"),),
        "TaskyardBackupOld",
        width=12,
        alert=Alert("TaskyardBackupOld", 93_600, "critical"),
    ),
    Panel(
        "Log not archived for",
        "s",
        "What a lost machine would cost: time since the database's log was last archived.",
        (Query("time() - max(taskyard_backup_log_archived_timestamp_seconds)", "archive"),),
        "TaskyardArchiveStuck",
        width=12,
        alert=Alert("TaskyardArchiveStuck", 600, "critical"),
    ),
)
