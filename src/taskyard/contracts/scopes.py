"""What a credential may be narrowed to: ``<noun>:<read|write|admin>``, each for itself.

A token of a sign-in has no scopes and may all that its person may. An API key, or a token of an OAuth client, has a
list of them: every route asks for one (`tests/architecture/` finds a route that asks for none, or for one that is not
listed here), and none includes another.
"""

SCOPES: dict[str, str] = {
    "account:read": "See your own account and where you are signed in",
    "account:write": "Change your own account and sign out",
    "api-keys:read": "See API keys, never their secrets",
    "api-keys:write": "Make, change, rotate and revoke API keys (after a sign-in only)",
    "audit:read": "Read the audit trail of a workspace, and of your own account",
    "comments:read": "Read comments",
    "comments:write": "Write, change and delete comments",
    "events:read": "Read the log of changes, and follow it as a stream",
    "exports:read": "Fetch the exports you asked for",
    "exports:write": "Export all you see of a workspace",
    "identity-providers:read": "See identity providers, never their secrets (administrators only)",
    "identity-providers:write": "Set up identity providers (administrators only, after a sign-in only)",
    "imports:read": "Read what became of the imports you asked for",
    "imports:write": "Import tasks into projects you run",
    "notifications:read": "Read notifications and their preferences",
    "notifications:write": "Mark notifications and change their preferences",
    "oauth-clients:read": "See the OAuth clients you registered",
    "oauth-clients:write": "Register, change and delete OAuth clients (after a sign-in only)",
    "projects:read": "See projects, who works in them and their settings",
    "projects:write": "Make, change, archive and delete projects",
    "projects:admin": "Give and take roles in projects, and single tasks",
    "tasks:read": "Read tasks",
    "tasks:write": "Make, change, delete and restore tasks",
    "teams:read": "See teams and who is in them",
    "teams:write": "Make, change and dissolve teams",
    "users:read": "See every account of the deployment (administrators only)",
    "users:admin": "Disable, enable and delete accounts of the deployment (administrators only)",
    "webhooks:read": "See webhooks and what was sent to them, never their secrets",
    "webhooks:write": "Make, change, pause, replay and delete webhooks",
    "workspaces:read": "See workspaces, their members and roles",
    "workspaces:write": "Make and change workspaces",
    "workspaces:admin": "Manage members, invitations and roles, and delete workspaces",
}
