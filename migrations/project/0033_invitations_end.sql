-- An invitation that nobody takes ends by itself, and its address with it. Those that were open so far get ninety days.

ALTER TABLE project.invitations ADD COLUMN expires_at timestamptz;
UPDATE project.invitations SET expires_at = created_at + interval '90 days';
ALTER TABLE project.invitations ALTER COLUMN expires_at SET NOT NULL;
CREATE INDEX invitations_by_end ON project.invitations (expires_at);
