-- Whom the groups of a provider brought, for when the provider is deleted.

CREATE INDEX members_by_group_provider ON project.members (group_provider_id, workspace_id, person_id)
    WHERE group_provider_id IS NOT NULL;
