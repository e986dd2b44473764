"""May somebody do that there, and why: answered from the same relation by which every statement decides."""

from taskyard.contracts.access import IN_PROJECT, Permission
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.project.actions.workspaces import get_workspace
from taskyard.project.models.decisions import Decision, Explanation, Question, Whereabouts
from taskyard.project.queries import decisions as queries


async def decide(db: Statements, caller: Principal, question: Question) -> Decision:
    """Whether it is allowed. Raises InvalidInput, and what asking about others raises."""
    needed, person_id = _needed(question), question.user_id or caller.id
    place = await _find_place(db, question)
    await _require_asking(db, caller, person_id, place)
    allowed = place is not None and await _is_allowed(db, caller, (person_id, needed), place)
    workspace_id, project_id = place[:2] if place else (None, None)
    if place is not None and not allowed and person_id == caller.id and not await _is_seen(db, caller, place):
        workspace_id = project_id = None
    return Decision(allowed, question.permission, person_id, workspace_id, project_id)


async def explain(db: Statements, caller: Principal, question: Question) -> Explanation:
    """The same with its reasons."""
    decision = await decide(db, caller, question)
    if decision.workspace_id is None:
        return Explanation(decision, [], [], [])
    place = Whereabouts(decision.workspace_id, decision.project_id, question.task_id)
    grants = await queries.list_grants(db, place, decision.user_id)
    deciding = [grant for grant in grants if question.permission in grant.permissions]
    limits = _limits(caller, place) if decision.user_id == caller.id else []
    return Explanation(decision, deciding, grants, limits)


def _needed(question: Question) -> Permission:
    """The permission asked about. Raises InvalidInput for one that there is not, and for a place that does not fit."""
    name = question.permission
    needed = Permission.__members__.get(name.upper()) if name.islower() else None
    if needed is None:
        raise invalid("/permission", f"There is no permission {name!r}.")
    named = [one for one in (question.workspace_id, question.project_id, question.task_id) if one is not None]
    if len(named) != 1:
        raise invalid("/workspace_id", "Name one place: workspace_id, project_id or task_id.")
    if needed & IN_PROJECT and question.workspace_id is not None:
        raise invalid("/project_id", f"{name} is about a project: name project_id or task_id.")
    return needed


async def _find_place(db: Statements, question: Question) -> Whereabouts | None:
    if question.workspace_id is not None:
        return Whereabouts(question.workspace_id)
    if question.task_id is not None:
        return await queries.find_place_of_task(db, question.task_id)
    project_id = question.project_id or ""
    workspace_id = await queries.find_workspace_of_project(db, project_id) if is_id(project_id) else None
    return None if workspace_id is None else Whereabouts(workspace_id, project_id)


async def _require_asking(db: Statements, caller: Principal, person_id: str, place: Whereabouts | None) -> None:
    """Anybody may ask about themselves; about others, who manages the members there. Raises NotFound."""
    if person_id != caller.id:
        workspace_id = place.workspace_id if place else ""
        await get_workspace(db, caller, workspace_id, Permission.WORKSPACE_MEMBERS)


async def _is_allowed(db: Statements, caller: Principal, asked: tuple[str, Permission], place: Whereabouts) -> bool:
    person_id, needed = asked
    asks_own = person_id == caller.id
    who, own_limit = (caller.access_id, caller.project_ids) if asks_own else (person_id, None)
    in_project, in_workspace = await queries.find_held(db, place, who, None if own_limit is None else list(own_limit))
    if needed & IN_PROJECT:
        return needed in in_project and Permission.PROJECT_VIEW in in_project
    return needed in in_workspace and (own_limit is None or needed is Permission.WORKSPACE_VIEW)


async def _is_seen(db: Statements, caller: Principal, place: Whereabouts) -> bool:
    """Whether the caller sees the place at all, so that a refusal tells nobody what is there."""
    limit = None if caller.project_ids is None else list(caller.project_ids)
    in_project, in_workspace = await queries.find_held(db, place, caller.access_id, limit)
    return Permission.PROJECT_VIEW in in_project if place.project_id else bool(in_workspace)


def _limits(caller: Principal, place: Whereabouts) -> list[str]:
    limits = []
    if caller.scopes is not None:
        limits.append(f"The credential has only the scopes {', '.join(sorted(caller.scopes))}.")
    if caller.project_ids is not None and place.project_id not in caller.project_ids:
        limits.append("The credential is limited to other projects.")
    return limits
