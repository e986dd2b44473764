-- An import without a project takes in a whole workspace.

ALTER TABLE task.imports ALTER COLUMN project_id DROP NOT NULL;
