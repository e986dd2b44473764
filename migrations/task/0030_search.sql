-- What a search looks into, apart from the tasks themselves: their writers never wait for an index of words. A consumer
-- of the change log keeps it. Besides its words a document holds three that nobody can write, because of their stroke:
-- w/<workspace>, p/<project> and b/<block of 16,384 documents by age>. So one index answers who asks for what.

CREATE SEQUENCE task.search_numbers AS bigint;

CREATE TABLE task.search_documents (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,                       -- of the task or the comment
    task_id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('task', 'comment')),
    words tsvector NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX search_documents_by_words ON task.search_documents USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_documents_by_task ON task.search_documents (workspace_id, task_id);

-- Every word that was ever used in a workspace, under each spelling that lacks one of its letters, and under its own.
-- Two words that are one mistake apart share a spelling.
CREATE TABLE task.search_words (
    workspace_id uuid NOT NULL,
    spelling text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, spelling, word)
);

GRANT USAGE, SELECT ON SEQUENCE task.search_numbers TO taskyard_task;
GRANT SELECT, INSERT, UPDATE, DELETE ON task.search_documents TO taskyard_task;
GRANT SELECT, INSERT ON task.search_words TO taskyard_task;
