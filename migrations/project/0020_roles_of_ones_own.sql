-- Roles that a workspace makes itself. The key of one is its id; those of the built-in roles stay as they are.

ALTER TABLE project.roles
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN is_built_in boolean NOT NULL DEFAULT true,
    ADD COLUMN created_at timestamptz,      -- null: with the workspace
    ADD COLUMN updated_at timestamptz;
GRANT DELETE ON project.roles TO taskyard_project;
