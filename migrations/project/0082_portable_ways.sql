-- A way for roles that a workspace no longer has is carried away with their ids: elsewhere it is not for everybody either.

CREATE VIEW project.portable_v2 AS
    SELECT workspace_id, project_id, kind, id, data FROM project.portable_v1 WHERE kind <> 'workflow'
     UNION ALL
    SELECT w.workspace_id, w.project_id, 'workflow', w.id,
           json_build_object('is_enforced', w.is_enforced, 'transitions', coalesce((
               SELECT json_agg(json_build_object('from', nullif(t.from_key, ''), 'to', t.to_key, 'roles', ARRAY(
                                   SELECT coalesce(r.key, x.id::text) FROM unnest(t.role_ids) AS x (id)
                                     LEFT JOIN project.roles r ON r.workspace_id = t.workspace_id AND r.id = x.id
                                    ORDER BY 1),
                               'required_fields', t.required_fields) ORDER BY t.to_key, t.from_key)
                 FROM project.transitions t
                WHERE t.workspace_id = w.workspace_id AND t.project_id = w.project_id), '[]'::json))
      FROM project.workflows w;

GRANT SELECT ON project.portable_v2 TO taskyard_task;
