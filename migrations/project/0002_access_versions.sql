-- A number that grows with every change of who may see what in a workspace, in the transaction of the change. Whoever
-- keeps an answer of the access relation in memory asks whether it is still true: one row by its key.

CREATE TABLE project.access_versions (
    workspace_id uuid PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION project.note_access_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    INSERT INTO project.access_versions AS v (workspace_id, version)
    SELECT DISTINCT c.workspace_id, 1 FROM changed c ORDER BY c.workspace_id
    ON CONFLICT (workspace_id) DO UPDATE SET version = v.version + 1;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION project.note_access_change() FROM PUBLIC;

CREATE TRIGGER access_added AFTER INSERT ON project.access
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER access_changed AFTER UPDATE ON project.access
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER access_removed AFTER DELETE ON project.access
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER subjects_added AFTER INSERT ON project.subjects
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER subjects_removed AFTER DELETE ON project.subjects
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER roles_changed AFTER UPDATE ON project.roles
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();

CREATE VIEW project.access_versions_v1 AS SELECT workspace_id, version FROM project.access_versions;
GRANT SELECT ON project.access_versions_v1 TO taskyard_project, taskyard_task, taskyard_notification;
