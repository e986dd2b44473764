-- The keys of service accounts that were disabled or deleted are refused like those of people who were.

CREATE VIEW auth.revoked_credentials_v2 AS
    SELECT credential_id, revoked_at FROM auth.revoked_credentials_v1
    UNION ALL
    SELECT k.id, a.ended_at
      FROM project.ended_service_accounts_v1 a
      JOIN auth.api_keys k ON k.owner_id = a.account_id AND k.revoked_at IS NULL;

GRANT SELECT ON auth.revoked_credentials_v2
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
