-- Row-level security as the second wall: whoever takes on {role}_bounded or taskyard_support sees the rows of the one
-- workspace that taskyard.workspace_id names, whatever their statement forgets to ask. {role} itself is let past: its
-- statements ask the access relation. Its policy says so where the owner may not exempt it (BYPASSRLS).

CREATE FUNCTION raise_walls() RETURNS void LANGUAGE plpgsql AS $walls$
DECLARE
    part record;
    privilege text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}_bounded, taskyard_support', current_schema());
    FOR part IN
        SELECT c.oid, c.oid::regclass AS name, c.relacl FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = part.oid AND polname = 'of_workspace') THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part.name);
            EXECUTE format('CREATE POLICY everything ON %s TO {role} USING (true) WITH CHECK (true)', part.name);
            EXECUTE format(
                'CREATE POLICY of_workspace ON %s TO {role}_bounded, taskyard_support '
                'USING (workspace_id = nullif(current_setting(''taskyard.workspace_id'', true), '''')::uuid)',
                part.name
            );
            EXECUTE format('GRANT SELECT ON %s TO taskyard_support', part.name);
        END IF;
        FOR privilege IN SELECT x.privilege_type FROM aclexplode(part.relacl) x WHERE x.grantee = '{role}'::regrole LOOP
            EXECUTE format('GRANT %s ON %s TO {role}_bounded', privilege, part.name);
        END LOOP;
    END LOOP;
    -- what other services publish is asked through their views, which show what they show
    FOR part IN
        SELECT c.oid::regclass AS name, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'v' AND c.relname ~ '_v[0-9]+$' AND n.nspname IN ('auth', 'project', 'task', 'notification')
           AND has_table_privilege('{role}', c.oid, 'SELECT')
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}_bounded', part.nspname);
        EXECUTE format('GRANT SELECT ON %s TO {role}_bounded', part.name);
    END LOOP;
END
$walls$;
REVOKE ALL ON FUNCTION raise_walls() FROM PUBLIC;

SELECT raise_walls();
