-- Where the tasks are that were given singly, also those in the trash: who is told of what happens to them.

CREATE VIEW task.grants_v2 AS
    SELECT g.workspace_id, t.project_id, g.task_id, g.person_id, g.permissions
      FROM task.grants g JOIN task.tasks t ON t.workspace_id = g.workspace_id AND t.id = g.task_id;

GRANT SELECT ON task.grants_v2 TO taskyard_notification;

SELECT raise_walls();
