-- Projects that everybody may read. The public is a subject like another (contracts/public.py): project.access has a row
-- for it in each public project, and it acts as itself in a workspace that has public projects. So one row opens and
-- closes all of a workspace. It is no person: project.subjects, and with it subjects_v1, never has it.

ALTER TABLE project.workspaces ADD COLUMN public_projects boolean NOT NULL DEFAULT false;
ALTER TABLE project.projects DROP CONSTRAINT projects_visibility_check;
ALTER TABLE project.projects ADD CONSTRAINT projects_visibility_check
    CHECK (visibility IN ('private', 'workspace', 'public'));

CREATE FUNCTION project.judge_the_public() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    the_public CONSTANT uuid := '00000000-0000-8000-8000-000000000000';
BEGIN
    IF NEW.public_projects AND NEW.deleted_at IS NULL THEN
        INSERT INTO project.sign_ins (access_id, subject_id, workspace_id) VALUES (the_public, the_public, NEW.id)
        ON CONFLICT (access_id, workspace_id, subject_id) DO NOTHING;
    ELSE
        DELETE FROM project.sign_ins WHERE access_id = the_public AND workspace_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION project.judge_the_public() FROM PUBLIC;

CREATE TRIGGER workspaces_open_to_the_public AFTER UPDATE OF public_projects, deleted_at ON project.workspaces
    FOR EACH ROW EXECUTE FUNCTION project.judge_the_public();
