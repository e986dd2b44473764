-- What the groups that a provider says of its people mean here: a role in a workspace, by the rights of who said so.

CREATE TABLE auth.group_roles (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES auth.identity_providers (id),
    group_name text NOT NULL,               -- as the provider writes it
    workspace_id uuid NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('guest', 'viewer', 'member', 'admin')),
    created_by uuid NOT NULL REFERENCES auth.people (id),
    created_at timestamptz NOT NULL,
    UNIQUE (provider_id, group_name, workspace_id)
);

GRANT SELECT, INSERT, DELETE ON auth.group_roles TO taskyard_auth;
