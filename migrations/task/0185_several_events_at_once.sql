-- Rows that are written by one statement announce themselves in it.

GRANT SELECT (id, workspace_id, project_id, audience_id) ON log.events TO taskyard_task;    -- what it just wrote
