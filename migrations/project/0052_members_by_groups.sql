-- Who is a member because an identity provider says that they are in a group. Null: because somebody here said so.

ALTER TABLE project.members ADD COLUMN group_provider_id uuid;
