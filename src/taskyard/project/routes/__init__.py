"""The HTTP door of the project service."""

from litestar.types import ControllerRouterHandler

from taskyard.project.routes import (
    decisions,
    fields,
    invitations,
    iterations,
    labels,
    members,
    milestones,
    programs,
    project_members,
    projects,
    public,
    roles,
    states,
    teams,
    templates,
    workspaces,
)

HANDLERS: list[ControllerRouterHandler] = [
    *workspaces.HANDLERS,
    *decisions.HANDLERS,
    *members.HANDLERS,
    *roles.HANDLERS,
    *programs.HANDLERS,
    *invitations.HANDLERS,
    *teams.HANDLERS,
    *projects.HANDLERS,
    *project_members.HANDLERS,
    *public.HANDLERS,
    *states.HANDLERS,
    *labels.HANDLERS,
    *fields.HANDLERS,
    *milestones.HANDLERS,
    *iterations.HANDLERS,
    *templates.HANDLERS,
]
