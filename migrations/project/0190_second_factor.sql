-- A workspace may ask for a second factor. Whoever signed in without one asks the access relation under an id of their
-- own, weak_id, which has no rows where a workspace asks for more: so every statement says no by itself.
-- project.sign_ins is project.subjects for both ids. Triggers keep it in the transaction of the cause, whoever writes
-- subjects, so that it is also kept by a version that does not know of it while the two run side by side.

ALTER TABLE project.workspaces ADD COLUMN require_mfa boolean NOT NULL DEFAULT false;

CREATE FUNCTION project.weak_id(person_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN overlay(person_id::text PLACING '8' FROM 15 FOR 1)::uuid;     -- version 8 (RFC 9562): no person has such an id

CREATE TABLE project.sign_ins (
    access_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    PRIMARY KEY (access_id, workspace_id, subject_id)
);
CREATE INDEX sign_ins_by_subject ON project.sign_ins (subject_id, access_id);

INSERT INTO project.sign_ins (access_id, subject_id, workspace_id)
SELECT x.access_id, s.subject_id, s.workspace_id
  FROM project.subjects s CROSS JOIN LATERAL (VALUES (s.person_id), (project.weak_id(s.person_id))) AS x (access_id);

CREATE FUNCTION project.add_sign_ins() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    INSERT INTO project.sign_ins (access_id, subject_id, workspace_id)
    SELECT x.access_id, c.subject_id, c.workspace_id
      FROM changed c
      LEFT JOIN project.workspaces w ON w.id = c.workspace_id
     CROSS JOIN LATERAL (VALUES (c.person_id, true), (project.weak_id(c.person_id), w.require_mfa IS NOT TRUE))
        AS x (access_id, is_let_in)
     WHERE x.is_let_in
    ON CONFLICT (access_id, workspace_id, subject_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION project.remove_sign_ins() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    DELETE FROM project.sign_ins s USING changed c
     WHERE s.access_id IN (c.person_id, project.weak_id(c.person_id))
       AND s.workspace_id = c.workspace_id AND s.subject_id = c.subject_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION project.judge_weak_sign_ins() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    IF NEW.require_mfa THEN
        DELETE FROM project.sign_ins s USING project.subjects p
         WHERE p.workspace_id = NEW.id AND s.access_id = project.weak_id(p.person_id)
           AND s.workspace_id = p.workspace_id AND s.subject_id = p.subject_id;
    ELSE
        INSERT INTO project.sign_ins (access_id, subject_id, workspace_id)
        SELECT project.weak_id(p.person_id), p.subject_id, p.workspace_id
          FROM project.subjects p WHERE p.workspace_id = NEW.id
        ON CONFLICT (access_id, workspace_id, subject_id) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION project.add_sign_ins(), project.remove_sign_ins(), project.judge_weak_sign_ins() FROM PUBLIC;

CREATE TRIGGER subjects_sign_in AFTER INSERT ON project.subjects
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.add_sign_ins();
CREATE TRIGGER subjects_sign_out AFTER DELETE ON project.subjects
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.remove_sign_ins();
CREATE TRIGGER workspaces_ask_for_more AFTER UPDATE OF require_mfa ON project.workspaces
    FOR EACH ROW WHEN (OLD.require_mfa IS DISTINCT FROM NEW.require_mfa)
    EXECUTE FUNCTION project.judge_weak_sign_ins();

-- Streams keep what they were told for as long as this number stays.
CREATE TRIGGER sign_ins_added AFTER INSERT ON project.sign_ins
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();
CREATE TRIGGER sign_ins_removed AFTER DELETE ON project.sign_ins
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION project.note_access_change();

-- As whom a caller acts: under a person's id all that they may, under their weak_id what they may without a second
-- factor. subjects_v1 stays what it was, the people of a workspace.
CREATE VIEW project.subjects_v2 AS SELECT access_id, subject_id, workspace_id FROM project.sign_ins;
CREATE VIEW project.demanding_workspaces_v1 AS
    SELECT w.id AS workspace_id, w.slug, w.name FROM project.workspaces w WHERE w.require_mfa AND w.deleted_at IS NULL;

GRANT SELECT ON project.subjects_v2 TO taskyard_project, taskyard_task, taskyard_notification, taskyard_auth,
    taskyard_task_bounded, taskyard_notification_bounded;
GRANT SELECT ON project.demanding_workspaces_v1 TO taskyard_project, taskyard_task;

SELECT raise_walls();
