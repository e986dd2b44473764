"""/permissions: what somebody may do, and why."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from taskyard.kit.principal import require_scope
from taskyard.project.actions import decisions as actions
from taskyard.project.models.decisions import Decision, Explanation, Question
from taskyard.project.routes.provided import Caller, QueryId, Store

PATH = "/api/v1/permissions"
TAGS = ["Permissions"]
Asked = Annotated[str, QueryParameter(max_length=64, description="Such as task_edit; see docs/permissions.md")]


@get(f"{PATH}/check", tags=TAGS)
async def check_permission(
    *,
    caller: Caller,
    database: Store,
    permission: Asked,
    workspace_id: QueryId = None,
    project_id: QueryId = None,
    task_id: QueryId = None,
    user_id: QueryId = None,
) -> Decision:
    """Whether you, or `user_id`, may do that in a workspace, in a project or with a task.

    About others may ask who manages the members of the workspace.
    """
    require_scope(caller, "workspaces:read")
    question = Question(
        permission=permission, user_id=user_id, workspace_id=workspace_id, project_id=project_id, task_id=task_id
    )
    return await actions.decide(database, caller, question)


@get(f"{PATH}/explain", tags=TAGS)
async def explain_permission(
    *,
    caller: Caller,
    database: Store,
    permission: Asked,
    workspace_id: QueryId = None,
    project_id: QueryId = None,
    task_id: QueryId = None,
    user_id: QueryId = None,
) -> Explanation:
    """Why: the roles that allow it, whoever or whatever has them, and what the credential takes away."""
    require_scope(caller, "workspaces:read")
    question = Question(
        permission=permission, user_id=user_id, workspace_id=workspace_id, project_id=project_id, task_id=task_id
    )
    return await actions.explain(database, caller, question)


HANDLERS = [check_permission, explain_permission]
