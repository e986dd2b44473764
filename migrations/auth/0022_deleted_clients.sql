-- OAuth clients whose tokens for themselves must be refused although they have not expired.

CREATE VIEW auth.deleted_clients_v1 AS
    SELECT id AS client_id, deleted_at FROM auth.oauth_clients WHERE deleted_at IS NOT NULL;

GRANT SELECT ON auth.deleted_clients_v1
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
