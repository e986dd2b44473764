-- What projects are arranged with, for work that was bound to one workspace: a view looks with its owner's rights, past
-- the policies of its tables, so this one asks for the workspace itself.

CREATE VIEW project.portable_v3 AS
    SELECT workspace_id, project_id, kind, id, data
      FROM project.portable_v2
     WHERE workspace_id = (SELECT nullif(current_setting('taskyard.workspace_id', true), '')::uuid);

GRANT SELECT ON project.portable_v3 TO taskyard_task_bounded;
