"""Which scope each operation of the API asks of a credential: what the documentation says of it.

What decides is the operation itself, by ``require_scope`` and its like. Requests with keys that lack the scope show
that this is what it asks for (`tests/security/test_45_api_keys.py`). A new operation needs its line here. Those that
are open to everybody are not listed.
"""

from collections.abc import Iterator, Mapping

_OF_NOUNS: Mapping[str, str] = {
    "account": """
        POST /api/v1/auth/logout
        POST /api/v1/auth/password/change
        GET PATCH DELETE /api/v1/me
        POST /api/v1/me/email
        POST /api/v1/me/email/verification
        GET POST /api/v1/me/identities
        POST /api/v1/me/identities/begin
        DELETE /api/v1/me/identities/{identity_id}
        GET /api/v1/me/mfa
        POST /api/v1/me/mfa/recovery-codes
        POST DELETE /api/v1/me/mfa/totp
        POST /api/v1/me/mfa/totp/confirm
        GET POST /api/v1/me/passkeys
        POST /api/v1/me/passkeys/options
        PATCH DELETE /api/v1/me/passkeys/{passkey_id}
        GET DELETE /api/v1/sessions
        DELETE /api/v1/sessions/{session_id}
        """,
    "api-keys": """
        GET POST /api/v1/api-keys
        GET PATCH DELETE /api/v1/api-keys/{key_id}
        POST /api/v1/api-keys/{key_id}/rotate
        GET POST /api/v1/service-accounts/{account_id}/api-keys
        GET PATCH DELETE /api/v1/service-accounts/{account_id}/api-keys/{account_key_id}
        POST /api/v1/service-accounts/{account_id}/api-keys/{account_key_id}/rotate
        """,
    "audit": """
        GET /api/v1/audit
        GET /api/v1/audit/verify
        """,
    "comments": """
        GET PATCH DELETE /api/v1/comments/{comment_id}
        GET /api/v1/comments/{comment_id}/history
        GET /api/v1/comments/{comment_id}/reactions
        PUT DELETE /api/v1/comments/{comment_id}/reactions/{emoji}
        GET POST /api/v1/tasks/{ref}/comments
        """,
    "events": """
        GET /api/v1/events
        GET /api/v1/events/stream
        """,
    "exports": """
        POST /api/v1/exports
        GET /api/v1/exports/{export_id}
        GET /api/v1/exports/{export_id}/file
        """,
    "identity-providers": """
        GET POST /api/v1/identity-providers
        GET PATCH DELETE /api/v1/identity-providers/{provider_id}
        GET POST /api/v1/identity-providers/{provider_id}/group-roles
        DELETE /api/v1/identity-providers/{provider_id}/group-roles/{group_role_id}
        """,
    "imports": """
        POST /api/v1/imports
        GET /api/v1/imports/{import_id}
        GET /api/v1/imports/{import_id}/notes
        """,
    "notifications": """
        GET PATCH /api/v1/notification-preferences
        GET /api/v1/notification-preferences/mutes
        PUT DELETE /api/v1/notification-preferences/mutes/projects/{project_id}
        PUT DELETE /api/v1/notification-preferences/mutes/tasks/{task_id}
        GET /api/v1/notifications
        POST /api/v1/notifications/read-all
        GET /api/v1/notifications/unread-count
        POST /api/v1/notifications/{notification_id}/archive
        POST /api/v1/notifications/{notification_id}/read
        POST /api/v1/notifications/{notification_id}/snooze
        POST /api/v1/notifications/{notification_id}/unarchive
        POST /api/v1/notifications/{notification_id}/unread
        POST /api/v1/notifications/{notification_id}/unsnooze
        """,
    "oauth-clients": """
        GET POST /api/v1/oauth-clients
        GET PATCH DELETE /api/v1/oauth-clients/{client_id}
        POST /api/v1/oauth-clients/{client_id}/rotate-secret
        GET /api/v1/service-accounts/{account_id}/oauth-clients
        PUT DELETE /api/v1/service-accounts/{account_id}/oauth-clients/{client_id}
        """,
    "projects": """
        GET PATCH DELETE /api/v1/iterations/{iteration_id}
        POST /api/v1/iterations/{iteration_id}/close
        POST /api/v1/iterations/{iteration_id}/start
        GET POST /api/v1/projects
        GET PATCH DELETE /api/v1/projects/{project_id}
        POST /api/v1/projects/{project_id}/archive
        GET /api/v1/projects/{project_id}/capabilities
        POST /api/v1/projects/{project_id}/duplicate
        GET POST /api/v1/projects/{project_id}/fields
        GET PATCH DELETE /api/v1/projects/{project_id}/fields/{field_id}
        GET POST /api/v1/projects/{project_id}/iterations
        GET POST /api/v1/projects/{project_id}/labels
        GET PATCH DELETE /api/v1/projects/{project_id}/labels/{label_id}
        GET /api/v1/projects/{project_id}/members
        GET POST /api/v1/projects/{project_id}/milestones
        GET PATCH DELETE /api/v1/projects/{project_id}/milestones/{milestone_id}
        POST /api/v1/projects/{project_id}/restore
        GET POST /api/v1/projects/{project_id}/states
        GET PATCH DELETE /api/v1/projects/{project_id}/states/{state_id}
        GET /api/v1/projects/{project_id}/stats
        GET POST /api/v1/projects/{project_id}/templates
        GET PATCH DELETE /api/v1/projects/{project_id}/templates/{template_id}
        POST /api/v1/projects/{project_id}/unarchive
        GET PUT /api/v1/projects/{project_id}/workflow
        """,
    "tasks": """
        GET /api/v1/boards/{project_id}
        GET /api/v1/boards/{project_id}/columns/{status}
        POST /api/v1/changes/revert
        POST /api/v1/changes/{change_id}/revert
        GET /api/v1/jobs/{job_id}
        POST /api/v1/jobs/{job_id}/cancel
        GET /api/v1/jobs/{job_id}/failures
        GET POST /api/v1/recurrences
        GET PATCH DELETE /api/v1/recurrences/{recurrence_id}
        GET /api/v1/recurrences/{recurrence_id}/days
        POST /api/v1/recurrences/{recurrence_id}/pause
        POST /api/v1/recurrences/{recurrence_id}/resume
        GET /api/v1/reports/burndown
        GET /api/v1/reports/cumulative-flow
        GET /api/v1/reports/cycle-time
        GET /api/v1/reports/velocity
        GET /api/v1/reports/workload
        GET POST /api/v1/tasks
        POST /api/v1/tasks/batch
        POST /api/v1/tasks/bulk
        GET /api/v1/tasks/shared
        GET PATCH DELETE /api/v1/tasks/{ref}
        GET /api/v1/tasks/{ref}/activity
        POST /api/v1/tasks/{ref}/archive
        GET POST /api/v1/tasks/{ref}/attachments
        GET DELETE /api/v1/tasks/{ref}/attachments/{attachment_id}
        GET /api/v1/tasks/{ref}/attachments/{attachment_id}/file
        GET POST /api/v1/tasks/{ref}/checklist
        GET PATCH DELETE /api/v1/tasks/{ref}/checklist/{item_id}
        GET /api/v1/tasks/{ref}/children
        POST /api/v1/tasks/{ref}/duplicate
        GET /api/v1/tasks/{ref}/grants
        POST /api/v1/tasks/{ref}/move
        GET POST /api/v1/tasks/{ref}/relations
        GET DELETE /api/v1/tasks/{ref}/relations/{relation_id}
        GET POST /api/v1/tasks/{ref}/reminders
        DELETE /api/v1/tasks/{ref}/reminders/{reminder_id}
        POST /api/v1/tasks/{ref}/restore
        GET POST /api/v1/tasks/{ref}/time-entries
        GET /api/v1/tasks/{ref}/time-entries/totals
        GET PATCH DELETE /api/v1/tasks/{ref}/time-entries/{entry_id}
        POST /api/v1/tasks/{ref}/transition
        POST /api/v1/tasks/{ref}/unarchive
        GET PUT DELETE /api/v1/tasks/{ref}/watch
        GET /api/v1/timers/running
        POST /api/v1/timers/start
        POST /api/v1/timers/stop
        GET /api/v1/trash
        GET POST /api/v1/views
        GET PATCH DELETE /api/v1/views/{view_id}
        GET /api/v1/views/{view_id}/tasks
        """,
    "teams": """
        GET PATCH DELETE /api/v1/teams/{team_id}
        GET POST /api/v1/teams/{team_id}/members
        DELETE /api/v1/teams/{team_id}/members/{user_id}
        GET POST /api/v1/workspaces/{workspace_id}/teams
        """,
    "users": """
        GET /api/v1/audit/accounts
        GET /api/v1/audit/accounts/verify
        GET /api/v1/users
        GET /api/v1/users/{user_id}
        """,
    "webhooks": """
        GET /api/v1/deliveries/{delivery_id}
        POST /api/v1/deliveries/{delivery_id}/redeliver
        GET POST /api/v1/webhooks
        GET PATCH DELETE /api/v1/webhooks/{webhook_id}
        GET /api/v1/webhooks/{webhook_id}/deliveries
        POST /api/v1/webhooks/{webhook_id}/pause
        POST /api/v1/webhooks/{webhook_id}/replay
        POST /api/v1/webhooks/{webhook_id}/resume
        POST /api/v1/webhooks/{webhook_id}/rotate-secret
        POST /api/v1/webhooks/{webhook_id}/test
        """,
    "workspaces": """
        GET /api/v1/invitations
        POST /api/v1/invitations/{invitation_id}/accept
        GET /api/v1/permissions/check
        GET /api/v1/permissions/explain
        GET POST /api/v1/workspaces
        GET PATCH /api/v1/workspaces/{workspace_id}
        GET /api/v1/workspaces/{workspace_id}/members
        GET /api/v1/workspaces/{workspace_id}/members/{user_id}
        GET /api/v1/workspaces/{workspace_id}/roles
        GET /api/v1/workspaces/{workspace_id}/roles/{role_id}
        GET /api/v1/workspaces/{workspace_id}/service-accounts
        GET /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}
        """,
}
"""GET asks for the noun's scope to read, everything else for that to write."""
_OTHERWISE: Mapping[str, str] = {
    "openid": """
        GET POST /oauth/userinfo
        """,
    "projects:admin": """
        POST /api/v1/projects/{project_id}/members
        PATCH DELETE /api/v1/projects/{project_id}/members/{subject_id}
        POST /api/v1/tasks/{ref}/grants
        PATCH DELETE /api/v1/tasks/{ref}/grants/{subject_id}
        """,
    "tasks:read comments:read": """
        GET /api/v1/search
        """,
    "users:admin": """
        DELETE /api/v1/users/{user_id}
        POST /api/v1/users/{user_id}/disable
        POST /api/v1/users/{user_id}/enable
        POST /api/v1/users/{user_id}/reset-mfa
        """,
    "workspaces:admin": """
        DELETE /api/v1/workspaces/{workspace_id}
        GET /api/v1/workspaces/{workspace_id}/invitations
        DELETE /api/v1/workspaces/{workspace_id}/invitations/{invitation_id}
        POST /api/v1/workspaces/{workspace_id}/members
        PATCH DELETE /api/v1/workspaces/{workspace_id}/members/{user_id}
        POST /api/v1/workspaces/{workspace_id}/roles
        PATCH DELETE /api/v1/workspaces/{workspace_id}/roles/{role_id}
        POST /api/v1/workspaces/{workspace_id}/service-accounts
        PATCH DELETE /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}
        POST /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}/disable
        POST /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}/enable
        """,
}
"""Those that ask for another scope, or for several."""


def _operations(table: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for word, lines in table.items():
        for line in lines.strip().splitlines():
            *methods, path = line.split()
            yield from ((word, method, path) for method in methods)


SCOPES_OF_OPERATION: Mapping[str, tuple[str, ...]] = {
    **{
        f"{method} {path}": (f"{noun}:{'read' if method == 'GET' else 'write'}",)
        for noun, method, path in _operations(_OF_NOUNS)
    },
    **{f"{method} {path}": tuple(scopes.split()) for scopes, method, path in _operations(_OTHERWISE)},
}
"""An operation, such as ``GET /api/v1/tasks/{ref}``, and its scopes, all of which it asks for."""
