-- When iterations were begun and closed, for whoever tells what was done in them.

CREATE VIEW project.iterations_v2 AS
    SELECT workspace_id, project_id, id AS iteration_id, starts_on, ends_on, state, started_at, closed_at
      FROM project.iterations WHERE deleted_at IS NULL;

GRANT SELECT ON project.iterations_v2 TO taskyard_task;
