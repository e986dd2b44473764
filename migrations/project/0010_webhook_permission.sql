-- Webhooks are for owners and admins: the built-in roles that there are already get the permission (bit 22).

UPDATE project.roles SET permissions = permissions | (1 << 22) WHERE key IN ('owner', 'admin');
