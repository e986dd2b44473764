"""What the project service announces."""

import msgspec

WORKSPACE_CREATED = "workspace.created.v1"
WORKSPACE_UPDATED = "workspace.updated.v1"
WORKSPACE_DELETED = "workspace.deleted.v1"
MEMBER_ADDED = "member.added.v1"
MEMBER_UPDATED = "member.updated.v1"
MEMBER_REMOVED = "member.removed.v1"
ROLE_CREATED = "role.created.v1"
ROLE_UPDATED = "role.updated.v1"
ROLE_DELETED = "role.deleted.v1"
INVITATION_CREATED = "invitation.created.v1"
INVITATION_ACCEPTED = "invitation.accepted.v1"
INVITATION_WITHDRAWN = "invitation.withdrawn.v1"
TEAM_CREATED = "team.created.v1"
TEAM_UPDATED = "team.updated.v1"
TEAM_DELETED = "team.deleted.v1"
TEAM_MEMBER_ADDED = "team_member.added.v1"
TEAM_MEMBER_REMOVED = "team_member.removed.v1"
PROJECT_CREATED = "project.created.v1"
PROJECT_UPDATED = "project.updated.v1"
PROJECT_ARCHIVED = "project.archived.v1"
PROJECT_UNARCHIVED = "project.unarchived.v1"
PROJECT_DELETED = "project.deleted.v1"
PROJECT_RESTORED = "project.restored.v1"
PROJECT_MEMBER_ADDED = "project_member.added.v1"
PROJECT_MEMBER_UPDATED = "project_member.updated.v1"
PROJECT_MEMBER_REMOVED = "project_member.removed.v1"
STATE_CREATED = "state.created.v1"
STATE_UPDATED = "state.updated.v1"
STATE_DELETED = "state.deleted.v1"
"""With ``moved_to``, the key of the state its tasks go to; that they went is told by each of them."""
WORKFLOW_CREATED = "workflow.created.v1"
WORKFLOW_UPDATED = "workflow.updated.v1"
LABEL_CREATED = "label.created.v1"
LABEL_UPDATED = "label.updated.v1"
LABEL_DELETED = "label.deleted.v1"
FIELD_CREATED = "field.created.v1"
FIELD_UPDATED = "field.updated.v1"
FIELD_DELETED = "field.deleted.v1"
"""Like a label, it is taken from the tasks that have it; each of them tells so."""
ACCESS_LOST = "access.lost.v1"
"""The one person it is for sees a project, or with ``project_id`` null a whole workspace, no longer."""


class AccessLost(msgspec.Struct, frozen=True):
    """What somebody sees no longer, whoever or whatever caused it."""

    id: str
    workspace_id: str
    project_id: str | None
