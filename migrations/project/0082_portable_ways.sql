-- A way for roles that a workspace no longer has is carried away with their ids: elsewhere it is not for everybody either.

CREATE OR REPLACE VIEW project.portable_v1 AS
    SELECT workspace_id, id AS project_id, 'project'::text AS kind, id,
           json_build_object('key', key, 'name', name, 'description', description, 'visibility', visibility,
                             'lead_id', lead_id, 'created_by', created_by, 'created_at', created_at,
                             'updated_at', updated_at, 'archived_at', archived_at) AS data
      FROM project.projects WHERE deleted_at IS NULL
     UNION ALL
    SELECT workspace_id, project_id, 'state', id,
           json_build_object('key', key, 'name', name, 'category', category, 'rank', rank, 'is_default', is_default,
                             'wip_limit', wip_limit, 'enforces_limit', enforces_limit)
      FROM project.states WHERE deleted_at IS NULL
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
      FROM project.workflows w
     UNION ALL
    SELECT workspace_id, project_id, 'label', id,
           json_build_object('name', name, 'color', color, 'group', group_name)
      FROM project.labels WHERE deleted_at IS NULL
     UNION ALL
    SELECT workspace_id, project_id, 'field', id,
           json_build_object('key', key, 'name', name, 'kind', kind, 'is_required', is_required, 'options', options,
                             'default', default_value)
      FROM project.fields WHERE deleted_at IS NULL
     UNION ALL
    SELECT workspace_id, project_id, 'milestone', id,
           json_build_object('name', name, 'description', description, 'due_on', due_on, 'is_closed', is_closed)
      FROM project.milestones WHERE deleted_at IS NULL
     UNION ALL
    SELECT workspace_id, project_id, 'iteration', id,
           json_build_object('name', name, 'goal', goal, 'starts_on', starts_on, 'ends_on', ends_on, 'state', state,
                             'started_at', started_at, 'closed_at', closed_at)
      FROM project.iterations WHERE deleted_at IS NULL
     UNION ALL
    SELECT workspace_id, project_id, 'template', id,
           json_build_object('name', name, 'description', description, 'priority', priority, 'label_ids', label_ids,
                             'estimate', estimate, 'custom', custom)
      FROM project.templates WHERE deleted_at IS NULL;
