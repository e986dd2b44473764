"""How reads succeed for which the world of the role tests has nothing, or nobody who may."""

from uuid import uuid4

from tests.journeys.recipes.federation import RECIPES as OF_FEDERATION
from tests.journeys.recipes.scene import Recipes, Request, Scene
from tests.journeys.recipes.task import RECIPES as OF_TASKS


def _by_an_administrator(scene: Scene) -> Request:
    boss = scene.register("Boss")
    scene.grant(boss.email)
    return Request(ids={"user_id": scene.bob.id}, by=boss)


def _of_a_provider(scene: Scene) -> Request:
    return OF_FEDERATION["DELETE /api/v1/identity-providers/{provider_id}"](scene)


def _of_group_roles(scene: Scene) -> Request:
    return OF_FEDERATION["DELETE /api/v1/identity-providers/{provider_id}/group-roles/{group_role_id}"](scene)


def _asked(scene: Scene) -> Request:
    """May Bob edit a task?"""
    return Request(query={"permission": "task_edit", "task_id": scene.new_task(), "user_id": scene.bob.id})


def _published(scene: Scene) -> Request:
    """A public project with a task, and what belongs to both."""
    scene.ann.patch(f"/workspaces/{scene.workspace}", {"public_projects": True})
    project = scene.new_project()
    scene.ann.post(f"/projects/{project}/labels", {"name": uuid4().hex})
    task = scene.ann.post("/tasks", {"project_id": project, "title": "Mend the roof"})["id"]
    scene.ann.post(f"/tasks/{task}/comments", {"body": "Look at the north side first."})
    scene.ann.patch(f"/projects/{project}", {"visibility": "public"})
    return Request(ids={"project_id": project, "ref": task}, query={"project_id": project})


def _of_a_public_project(scene: Scene) -> Request:
    return Request(ids=_published(scene).ids)


def _burnt_down(scene: Scene) -> Request:
    project = scene.new_project()
    body = {"name": "First", "starts_on": "2027-01-01", "ends_on": "2027-01-14"}
    iteration = scene.ann.post(f"/projects/{project}/iterations", body)
    scene.ann.post(f"/iterations/{iteration['id']}/start", status=200)
    return Request(query={"iteration_id": iteration["id"]})


def _running(scene: Scene) -> Request:
    return Request(by=OF_TASKS["POST /api/v1/timers/stop"](scene).by)


READS: Recipes = {
    "GET /api/v1/audit/accounts": _by_an_administrator,
    "GET /api/v1/audit/accounts/verify": _by_an_administrator,
    "GET /api/v1/users": _by_an_administrator,
    "GET /api/v1/users/{user_id}": _by_an_administrator,
    "GET /api/v1/identity-providers": _of_a_provider,
    "GET /api/v1/identity-providers/{provider_id}": _of_a_provider,
    "GET /api/v1/identity-providers/{provider_id}/group-roles": _of_group_roles,
    "GET /api/v1/permissions/check": _asked,
    "GET /api/v1/permissions/explain": _asked,
    "GET /api/v1/public/projects/{project_id}": _of_a_public_project,
    "GET /api/v1/public/projects/{project_id}/labels": _of_a_public_project,
    "GET /api/v1/public/projects/{project_id}/states": _of_a_public_project,
    "GET /api/v1/public/tasks": _published,
    "GET /api/v1/public/tasks/{ref}": _of_a_public_project,
    "GET /api/v1/public/tasks/{ref}/comments": _of_a_public_project,
    "GET /api/v1/reports/burndown": _burnt_down,
    "GET /api/v1/timers/running": _running,
}
