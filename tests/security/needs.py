"""What each route of the API asks of its caller: what the matrix of roles (41) expects of it.

A new route needs a line here: under the permission it asks for, or under one of the words below when no permission
decides. What the roles allow is in `src/taskyard/contracts/access.py`, which `docs/permissions.md` shows.
"""

from collections.abc import Iterable, Mapping

from taskyard.contracts.access import Permission
from tests.security.need_words import (
    ADMINISTRATORS,
    IN_WORKSPACE,
    ONESELF,
    OUT_OF_TRASH,
    OWN_CLIENT,
    SIGNED_IN,
    WEBHOOKS,
)
from tests.security.needs_of_programs import NEEDS_OF_PROGRAMS
from tests.security.needs_of_tasks import NEEDS_OF_TASKS

_NEEDS: Mapping[str, str] = {
    ONESELF: """
        GET POST /api/v1/api-keys
        GET PATCH DELETE /api/v1/api-keys/{key_id}
        POST /api/v1/api-keys/{key_id}/rotate
        POST /api/v1/auth/logout
        POST /api/v1/auth/password/change
        GET PATCH DELETE /api/v1/me
        POST /api/v1/me/email
        POST /api/v1/me/email/verification
        GET /api/v1/me/mfa
        POST /api/v1/me/mfa/recovery-codes
        POST DELETE /api/v1/me/mfa/totp
        POST /api/v1/me/mfa/totp/confirm
        GET POST /api/v1/me/identities
        POST /api/v1/me/identities/begin
        DELETE /api/v1/me/identities/{identity_id}
        GET POST /api/v1/me/passkeys
        PATCH DELETE /api/v1/me/passkeys/{passkey_id}
        POST /api/v1/me/passkeys/options
        GET POST /api/v1/oauth-clients
        GET PATCH DELETE /api/v1/oauth-clients/{client_id}
        POST /api/v1/oauth-clients/{client_id}/rotate-secret
        GET POST /oauth/userinfo
        GET DELETE /api/v1/sessions
        DELETE /api/v1/sessions/{session_id}
        GET /api/v1/invitations
        POST /api/v1/invitations/{invitation_id}/accept
        POST /api/v1/workspaces
        GET PATCH /api/v1/notification-preferences
        GET /api/v1/notification-preferences/mutes
        GET /api/v1/notifications
        GET /api/v1/notifications/unread-count
        POST /api/v1/notifications/read-all
        POST /api/v1/notifications/{notification_id}/archive
        POST /api/v1/notifications/{notification_id}/read
        POST /api/v1/notifications/{notification_id}/snooze
        POST /api/v1/notifications/{notification_id}/unarchive
        POST /api/v1/notifications/{notification_id}/unread
        POST /api/v1/notifications/{notification_id}/unsnooze
        """,
    SIGNED_IN: """
        GET /api/v1/audit
        GET /api/v1/events
        GET /api/v1/events/stream
        GET /api/v1/permissions/check
        GET /api/v1/permissions/explain
        GET /api/v1/projects
        GET /api/v1/webhooks
        GET /api/v1/workspaces
        """,
    ADMINISTRATORS: """
        GET POST /api/v1/identity-providers
        GET PATCH DELETE /api/v1/identity-providers/{provider_id}
        GET POST /api/v1/identity-providers/{provider_id}/group-roles
        DELETE /api/v1/identity-providers/{provider_id}/group-roles/{group_role_id}
        GET /api/v1/audit/accounts
        GET /api/v1/audit/accounts/verify
        GET /api/v1/users
        GET DELETE /api/v1/users/{user_id}
        POST /api/v1/users/{user_id}/disable
        POST /api/v1/users/{user_id}/enable
        POST /api/v1/users/{user_id}/reset-mfa
        """,
    IN_WORKSPACE: """
        GET /api/v1/workspaces/{workspace_id}
        """,
    "workspace_view": """
        GET /api/v1/teams/{team_id}
        GET /api/v1/teams/{team_id}/members
        GET /api/v1/workspaces/{workspace_id}/members
        GET /api/v1/workspaces/{workspace_id}/members/{user_id}
        GET /api/v1/workspaces/{workspace_id}/roles
        GET /api/v1/workspaces/{workspace_id}/roles/{role_id}
        GET /api/v1/workspaces/{workspace_id}/teams
        """,
    "workspace_edit": """
        PATCH /api/v1/workspaces/{workspace_id}
        """,
    "workspace_delete": """
        DELETE /api/v1/workspaces/{workspace_id}
        """,
    "workspace_members": """
        GET /api/v1/audit/verify
        GET /api/v1/workspaces/{workspace_id}/invitations
        DELETE /api/v1/workspaces/{workspace_id}/invitations/{invitation_id}
        POST /api/v1/workspaces/{workspace_id}/members
        PATCH DELETE /api/v1/workspaces/{workspace_id}/members/{user_id}
        POST /api/v1/workspaces/{workspace_id}/roles
        PATCH DELETE /api/v1/workspaces/{workspace_id}/roles/{role_id}
        """,
    "team_manage": """
        POST /api/v1/workspaces/{workspace_id}/teams
        PATCH DELETE /api/v1/teams/{team_id}
        POST /api/v1/teams/{team_id}/members
        DELETE /api/v1/teams/{team_id}/members/{user_id}
        """,
    WEBHOOKS: """
        POST /api/v1/webhooks
        GET PATCH DELETE /api/v1/webhooks/{webhook_id}
        GET /api/v1/webhooks/{webhook_id}/deliveries
        POST /api/v1/webhooks/{webhook_id}/pause
        POST /api/v1/webhooks/{webhook_id}/replay
        POST /api/v1/webhooks/{webhook_id}/resume
        POST /api/v1/webhooks/{webhook_id}/rotate-secret
        POST /api/v1/webhooks/{webhook_id}/test
        GET /api/v1/deliveries/{delivery_id}
        POST /api/v1/deliveries/{delivery_id}/redeliver
        """,
    OUT_OF_TRASH: """
        POST /api/v1/projects/{project_id}/restore
        """,
    "project_create": """
        POST /api/v1/projects
        POST /api/v1/projects/{project_id}/duplicate
        """,
    "project_view": """
        GET /api/v1/iterations/{iteration_id}
        GET /api/v1/projects/{project_id}
        GET /api/v1/projects/{project_id}/capabilities
        GET /api/v1/projects/{project_id}/fields
        GET /api/v1/projects/{project_id}/fields/{field_id}
        GET /api/v1/projects/{project_id}/iterations
        GET /api/v1/projects/{project_id}/labels
        GET /api/v1/projects/{project_id}/labels/{label_id}
        GET /api/v1/projects/{project_id}/members
        GET /api/v1/projects/{project_id}/milestones
        GET /api/v1/projects/{project_id}/milestones/{milestone_id}
        GET /api/v1/projects/{project_id}/states
        GET /api/v1/projects/{project_id}/states/{state_id}
        GET /api/v1/projects/{project_id}/stats
        GET /api/v1/projects/{project_id}/templates
        GET /api/v1/projects/{project_id}/templates/{template_id}
        GET /api/v1/projects/{project_id}/workflow
        PUT DELETE /api/v1/notification-preferences/mutes/projects/{project_id}
        PUT DELETE /api/v1/notification-preferences/mutes/tasks/{task_id}
        """,
    "project_edit": """
        PATCH DELETE /api/v1/iterations/{iteration_id}
        POST /api/v1/iterations/{iteration_id}/close
        POST /api/v1/iterations/{iteration_id}/start
        PATCH /api/v1/projects/{project_id}
        POST /api/v1/projects/{project_id}/archive
        POST /api/v1/projects/{project_id}/unarchive
        POST /api/v1/projects/{project_id}/fields
        PATCH DELETE /api/v1/projects/{project_id}/fields/{field_id}
        POST /api/v1/projects/{project_id}/iterations
        POST /api/v1/projects/{project_id}/labels
        PATCH DELETE /api/v1/projects/{project_id}/labels/{label_id}
        POST /api/v1/projects/{project_id}/milestones
        PATCH DELETE /api/v1/projects/{project_id}/milestones/{milestone_id}
        POST /api/v1/projects/{project_id}/states
        PATCH DELETE /api/v1/projects/{project_id}/states/{state_id}
        POST /api/v1/projects/{project_id}/templates
        PATCH DELETE /api/v1/projects/{project_id}/templates/{template_id}
        PUT /api/v1/projects/{project_id}/workflow
        """,
    "project_members": """
        POST /api/v1/projects/{project_id}/members
        PATCH DELETE /api/v1/projects/{project_id}/members/{subject_id}
        """,
    "project_delete": """
        DELETE /api/v1/projects/{project_id}
        """,
}


def _operations(needs: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for need, lines in needs.items():
        for line in lines.split("\n"):
            *methods, path = line.split() or [""]
            yield from ((f"{method} {path}", need) for method in methods)


HOLDING = {
    OWN_CLIENT: (Permission.WORKSPACE_MEMBERS, Permission.PROJECT_VIEW),
    WEBHOOKS: (Permission.WEBHOOK_MANAGE, Permission.WORKSPACE_VIEW),
    OUT_OF_TRASH: (Permission.PROJECT_DELETE, Permission.PROJECT_DELETE),
}
"""For needs that are more than one permission: what is needed, and what is needed to see that there is something."""
NEEDS: Mapping[str, str] = dict([*_operations(_NEEDS), *_operations(NEEDS_OF_TASKS), *_operations(NEEDS_OF_PROGRAMS)])
"""What each operation, such as ``POST /api/v1/tasks``, asks of its caller."""
