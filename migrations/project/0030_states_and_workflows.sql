-- States that a team makes itself, and the ways that tasks may go between them.

ALTER TABLE project.states
    ADD COLUMN wip_limit integer CHECK (wip_limit > 0),
    ADD COLUMN enforces_limit boolean NOT NULL DEFAULT false,
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN successor_key text COLLATE "C";      -- where the tasks of a deleted state go
ALTER TABLE project.states DROP CONSTRAINT states_workspace_id_project_id_key_key;
CREATE UNIQUE INDEX states_by_key ON project.states (workspace_id, project_id, key) WHERE deleted_at IS NULL;

CREATE TABLE project.workflows (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    is_enforced boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);
INSERT INTO project.workflows (workspace_id, project_id, id)
SELECT workspace_id, id, gen_random_uuid() FROM project.projects;

CREATE TABLE project.transitions (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    from_key text COLLATE "C" NOT NULL,     -- empty: from any state, and where a new task may start
    to_key text COLLATE "C" NOT NULL,
    role_ids uuid[] NOT NULL,               -- empty: whoever may change tasks
    required_fields text[] NOT NULL,
    PRIMARY KEY (workspace_id, project_id, to_key, from_key),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.workflows (workspace_id, project_id)
);

CREATE OR REPLACE VIEW project.states_v1 AS
    SELECT workspace_id, project_id, key, category, rank, is_default FROM project.states WHERE deleted_at IS NULL;
CREATE VIEW project.states_v2 AS
    SELECT workspace_id, project_id, key, category, rank, is_default,
           CASE WHEN enforces_limit THEN wip_limit END AS enforced_limit
      FROM project.states WHERE deleted_at IS NULL;
CREATE VIEW project.state_successors_v1 AS
    SELECT workspace_id, project_id, key, successor_key, deleted_at FROM project.states WHERE deleted_at IS NOT NULL;
CREATE VIEW project.workflows_v1 AS SELECT workspace_id, project_id, is_enforced FROM project.workflows;
CREATE VIEW project.transitions_v1 AS
    SELECT workspace_id, project_id, from_key, to_key, role_ids, required_fields FROM project.transitions;

-- The roles that a person has in a project: the one in its workspace, and those given in the project itself.
CREATE VIEW project.roles_held_v1 AS
    SELECT s.workspace_id, p.id AS project_id, s.person_id, r.id AS role_id
      FROM project.projects p
      JOIN project.roles r ON r.workspace_id = p.workspace_id
      JOIN project.subjects s ON s.workspace_id = r.workspace_id AND s.subject_id = r.id
     UNION ALL
    SELECT s.workspace_id, m.project_id, s.person_id, m.role_id
      FROM project.project_members m
      JOIN project.subjects s ON s.workspace_id = m.workspace_id AND s.subject_id = m.subject_id;

GRANT SELECT, INSERT, UPDATE ON project.workflows TO taskyard_project;
GRANT SELECT, INSERT, DELETE ON project.transitions TO taskyard_project;
GRANT SELECT ON project.roles_held_v1 TO taskyard_project;
GRANT SELECT ON project.states_v2, project.state_successors_v1, project.workflows_v1, project.transitions_v1,
    project.roles_held_v1 TO taskyard_task;
GRANT SELECT (id, workspace_id, project_id, audience_id) ON log.events TO taskyard_project;    -- what it just wrote
