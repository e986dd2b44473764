-- What happened to one thing, to all that hangs on one task, or in one request: read by those who keep the things, in
-- the order in which it was written. A row is here as soon as it is committed, before it has its position.

CREATE INDEX events_of_resource ON log.events (resource_id, id);
CREATE INDEX events_of_request ON log.events (request_id, id);
CREATE INDEX events_about_task ON log.events ((data ->> 'task_id'), id)
    WHERE (data ->> 'task_id') IS NOT NULL AND audience_id IS NULL;

CREATE VIEW log.history_v1 AS
    SELECT id, workspace_id, project_id, audience_id, type, resource_id, version, actor_id, origin, request_id, at,
           data ->> 'task_id' AS task_id, data, changes
      FROM log.events;

GRANT SELECT ON log.history_v1 TO taskyard_task;
