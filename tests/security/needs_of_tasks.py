"""What the routes of the task service ask of their caller, as needs.py says it of the others."""

from collections.abc import Mapping

from tests.security.need_words import AUTHOR, IN_WORKSPACE, MAKER, ONESELF, SIGNED_IN

NEEDS_OF_TASKS: Mapping[str, str] = {
    ONESELF: """
        GET /api/v1/exports/{export_id}
        GET /api/v1/exports/{export_id}/file
        GET /api/v1/jobs/{job_id}
        GET /api/v1/jobs/{job_id}/failures
        POST /api/v1/jobs/{job_id}/cancel
        GET /api/v1/imports/{import_id}
        GET /api/v1/imports/{import_id}/notes
        POST /api/v1/timers/start
        POST /api/v1/timers/stop
        GET /api/v1/timers/running
        DELETE /api/v1/tasks/{ref}/reminders/{reminder_id}
        """,
    SIGNED_IN: """
        GET /api/v1/recurrences
        GET /api/v1/search
        GET /api/v1/tasks
        GET /api/v1/tasks/shared
        GET /api/v1/trash
        GET POST /api/v1/views
        """,
    IN_WORKSPACE: """
        POST /api/v1/tasks/bulk
        """,
    MAKER: """
        POST /api/v1/changes/revert
        """,
    AUTHOR: """
        PATCH /api/v1/comments/{comment_id}
        PATCH /api/v1/views/{view_id}
        """,
    "workspace_edit": """
        POST /api/v1/exports
        """,
    "project_view": """
        GET /api/v1/comments/{comment_id}
        GET /api/v1/comments/{comment_id}/history
        GET /api/v1/comments/{comment_id}/reactions
        GET /api/v1/boards/{project_id}
        GET /api/v1/views/{view_id}
        GET /api/v1/views/{view_id}/tasks
        GET /api/v1/boards/{project_id}/columns/{status}
        GET /api/v1/recurrences/{recurrence_id}
        GET /api/v1/recurrences/{recurrence_id}/days
        GET /api/v1/reports/burndown
        GET /api/v1/reports/cumulative-flow
        GET /api/v1/reports/cycle-time
        GET /api/v1/reports/velocity
        GET /api/v1/reports/workload
        GET /api/v1/tasks/{ref}
        GET /api/v1/tasks/{ref}/activity
        GET /api/v1/tasks/{ref}/attachments
        GET /api/v1/tasks/{ref}/attachments/{attachment_id}
        GET /api/v1/tasks/{ref}/attachments/{attachment_id}/file
        GET /api/v1/tasks/{ref}/checklist
        GET /api/v1/tasks/{ref}/checklist/{item_id}
        GET /api/v1/tasks/{ref}/children
        GET /api/v1/tasks/{ref}/comments
        GET /api/v1/tasks/{ref}/grants
        GET /api/v1/tasks/{ref}/relations
        GET /api/v1/tasks/{ref}/relations/{relation_id}
        GET POST /api/v1/tasks/{ref}/reminders
        GET /api/v1/tasks/{ref}/time-entries
        GET /api/v1/tasks/{ref}/time-entries/totals
        GET /api/v1/tasks/{ref}/time-entries/{entry_id}
        GET PUT DELETE /api/v1/tasks/{ref}/watch
        """,
    "project_edit": """
        POST /api/v1/imports
        DELETE /api/v1/comments/{comment_id}
        DELETE /api/v1/views/{view_id}
        PATCH DELETE /api/v1/recurrences/{recurrence_id}
        POST /api/v1/recurrences/{recurrence_id}/pause
        POST /api/v1/recurrences/{recurrence_id}/resume
        PATCH DELETE /api/v1/tasks/{ref}/time-entries/{entry_id}
        """,
    "project_members": """
        POST /api/v1/tasks/{ref}/grants
        PATCH DELETE /api/v1/tasks/{ref}/grants/{subject_id}
        """,
    "task_create": """
        POST /api/v1/recurrences
        POST /api/v1/tasks
        POST /api/v1/tasks/{ref}/duplicate
        """,
    "task_edit": """
        PATCH /api/v1/tasks/{ref}
        POST /api/v1/tasks/{ref}/attachments
        DELETE /api/v1/tasks/{ref}/attachments/{attachment_id}
        POST /api/v1/tasks/{ref}/checklist
        PATCH DELETE /api/v1/tasks/{ref}/checklist/{item_id}
        POST /api/v1/tasks/{ref}/relations
        DELETE /api/v1/tasks/{ref}/relations/{relation_id}
        POST /api/v1/tasks/{ref}/time-entries
        POST /api/v1/tasks/{ref}/move
        POST /api/v1/tasks/{ref}/archive
        POST /api/v1/tasks/{ref}/unarchive
        POST /api/v1/tasks/{ref}/transition
        POST /api/v1/changes/{change_id}/revert
        """,
    "task_delete": """
        DELETE /api/v1/tasks/{ref}
        POST /api/v1/tasks/{ref}/restore
        POST /api/v1/tasks/batch
        """,
    "comment_create": """
        POST /api/v1/tasks/{ref}/comments
        PUT DELETE /api/v1/comments/{comment_id}/reactions/{emoji}
        """,
}
