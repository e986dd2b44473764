"""What the routes about service accounts and their keys ask of their caller, as needs.py says it of the others."""

from collections.abc import Mapping

from tests.security.need_words import OWN_CLIENT

NEEDS_OF_PROGRAMS: Mapping[str, str] = {
    "workspace_view": """
        GET /api/v1/workspaces/{workspace_id}/service-accounts
        GET /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}
        """,
    "workspace_members": """
        POST /api/v1/workspaces/{workspace_id}/service-accounts
        PATCH DELETE /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}
        POST /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}/disable
        POST /api/v1/workspaces/{workspace_id}/service-accounts/{account_id}/enable
        GET POST /api/v1/service-accounts/{account_id}/api-keys
        GET PATCH DELETE /api/v1/service-accounts/{account_id}/api-keys/{account_key_id}
        POST /api/v1/service-accounts/{account_id}/api-keys/{account_key_id}/rotate
        GET /api/v1/service-accounts/{account_id}/oauth-clients
        DELETE /api/v1/service-accounts/{account_id}/oauth-clients/{client_id}
        """,
    OWN_CLIENT: """
        PUT /api/v1/service-accounts/{account_id}/oauth-clients/{client_id}
        """,
}
