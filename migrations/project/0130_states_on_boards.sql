-- States as a board shows them, with what limits them.

CREATE VIEW project.states_v3 AS
    SELECT workspace_id, project_id, id, key, name, category, rank, is_default, wip_limit, enforces_limit
      FROM project.states WHERE deleted_at IS NULL;
GRANT SELECT ON project.states_v3 TO taskyard_task;
