-- What must be refused although it has not expired: as before, and what OAuth clients got for themselves that are deleted.

CREATE VIEW auth.revoked_credentials_v2 AS
    SELECT credential_id, revoked_at FROM auth.revoked_credentials_v1
    UNION ALL
    SELECT id, deleted_at FROM auth.oauth_clients WHERE deleted_at IS NOT NULL;

GRANT SELECT ON auth.revoked_credentials_v2
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
