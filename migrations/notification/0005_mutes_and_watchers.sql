-- What somebody does not want to hear of, and what one statement needs to tell many people.

CREATE TABLE notification.mutes (
    person_id uuid NOT NULL,
    subject_id uuid NOT NULL,               -- a task or a project
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('task', 'project')),
    id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (person_id, subject_id)
);
GRANT SELECT, INSERT, DELETE ON notification.mutes TO taskyard_notification;

-- Everybody's notification of one change and its event are one statement, which returns whom an event is for.
GRANT SELECT (id, workspace_id, project_id, audience_id) ON log.events TO taskyard_notification;
