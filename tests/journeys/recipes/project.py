"""How the writes of the project service succeed."""

from uuid import uuid4

from tests.journeys.recipes.scene import Recipes, Request, Scene, Silent


def _accept(scene: Scene) -> Request:
    email = f"guest-{uuid4().hex}@example.com"
    invitation = scene.new_invitation(email)
    return Request(ids={"invitation_id": invitation}, by=scene.register("Guest", email))


def _withdraw(scene: Scene) -> Request:
    invitation = scene.new_invitation(f"guest-{uuid4().hex}@example.com")
    return Request(ids={"workspace_id": scene.workspace, "invitation_id": invitation})


def _unarchive(scene: Scene) -> Request:
    project = scene.new_project()
    scene.ann.post(f"/projects/{project}/archive", status=200)
    return Request(ids={"project_id": project})


def _restore(scene: Scene) -> Request:
    project = scene.new_project()
    scene.ann.delete(f"/projects/{project}")
    return Request(ids={"project_id": project})


def _remove_from_team(scene: Scene) -> Request:
    team = scene.new_team()
    scene.ann.post(f"/teams/{team}/members", {"user_id": scene.bob.id})
    return Request(ids={"team_id": team, "user_id": scene.bob.id})


def _member(scene: Scene) -> dict[str, str]:
    return {"workspace_id": scene.workspace, "user_id": scene.new_member()}


def _state(scene: Scene) -> dict[str, str]:
    project = scene.new_project()
    [first, *_] = scene.ann.get(f"/projects/{project}/states")["items"]
    return {"project_id": project, "state_id": first["id"]}


def _part(scene: Scene, noun: str, **body: object) -> dict[str, str]:
    """A new part of a new project, such as one of its labels."""
    project = scene.new_project()
    made = scene.ann.post(f"/projects/{project}/{noun}s", {"name": uuid4().hex, **body})
    return {"project_id": project, f"{noun}_id": made["id"]}


def _field(scene: Scene) -> dict[str, str]:
    return _part(scene, "field", key="size", kind="number")


DAYS = {"starts_on": "2027-01-01", "ends_on": "2027-01-14"}


def _iteration(scene: Scene) -> dict[str, str]:
    return {"iteration_id": _part(scene, "iteration", **DAYS)["iteration_id"]}


def _close(scene: Scene) -> Request:
    ids = _iteration(scene)
    scene.ann.post(f"/iterations/{ids['iteration_id']}/start", status=200)
    return Request(ids=ids, body={})


RECIPES: Recipes = {
    "POST /api/v1/workspaces": lambda _: Request(body={"name": "Acme", "slug": f"acme-{uuid4().hex[:8]}"}),
    "PATCH /api/v1/workspaces/{workspace_id}": lambda scene: Request(
        ids={"workspace_id": scene.workspace}, body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/workspaces/{workspace_id}": lambda scene: Request(ids={"workspace_id": scene.new_workspace()}),
    "POST /api/v1/workspaces/{workspace_id}/members": lambda scene: Request(
        ids={"workspace_id": scene.workspace}, body={"email": scene.register("Guest").email, "role": "member"}
    ),
    "PATCH /api/v1/workspaces/{workspace_id}/members/{user_id}": lambda scene: Request(
        ids=_member(scene), body={"role": "viewer"}
    ),
    "DELETE /api/v1/workspaces/{workspace_id}/members/{user_id}": lambda scene: Request(ids=_member(scene)),
    "DELETE /api/v1/workspaces/{workspace_id}/invitations/{invitation_id}": _withdraw,
    "POST /api/v1/invitations/{invitation_id}/accept": _accept,
    "POST /api/v1/workspaces/{workspace_id}/roles": lambda scene: Request(
        ids={"workspace_id": scene.workspace}, body={"name": "Triage", "permissions": ["project_view"]}
    ),
    "PATCH /api/v1/workspaces/{workspace_id}/roles/{role_id}": lambda scene: Request(
        ids=scene.new_role(), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/workspaces/{workspace_id}/roles/{role_id}": lambda scene: Request(ids=scene.new_role()),
    "POST /api/v1/workspaces/{workspace_id}/teams": lambda scene: Request(
        ids={"workspace_id": scene.workspace}, body={"name": uuid4().hex}
    ),
    "PATCH /api/v1/teams/{team_id}": lambda scene: Request(
        ids={"team_id": scene.new_team()}, body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/teams/{team_id}": lambda scene: Request(ids={"team_id": scene.new_team()}),
    "POST /api/v1/teams/{team_id}/members": lambda scene: Request(
        ids={"team_id": scene.new_team()}, body={"user_id": scene.bob.id}
    ),
    "DELETE /api/v1/teams/{team_id}/members/{user_id}": _remove_from_team,
    "POST /api/v1/projects": lambda scene: Request(
        body={"workspace_id": scene.workspace, "key": f"N{uuid4().hex[:7].upper()}", "name": "New"}
    ),
    "PATCH /api/v1/projects/{project_id}": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}": lambda scene: Request(ids={"project_id": scene.new_project()}),
    "POST /api/v1/projects/{project_id}/archive": lambda scene: Request(ids={"project_id": scene.new_project()}),
    "POST /api/v1/projects/{project_id}/unarchive": _unarchive,
    "POST /api/v1/projects/{project_id}/restore": _restore,
    "POST /api/v1/projects/{project_id}/members": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"user_id": scene.bob.id, "role": "member"}
    ),
    "PATCH /api/v1/projects/{project_id}/members/{subject_id}": lambda scene: Request(
        ids=scene.new_project_member(), body={"role": "viewer"}
    ),
    "DELETE /api/v1/projects/{project_id}/members/{subject_id}": lambda scene: Request(ids=scene.new_project_member()),
    "POST /api/v1/projects/{project_id}/states": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "Blocked", "category": "in_progress"}
    ),
    "PATCH /api/v1/projects/{project_id}/states/{state_id}": lambda scene: Request(
        ids=_state(scene), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}/states/{state_id}": lambda scene: Request(
        ids=_state(scene), query={"move_to": "done"}
    ),
    "PUT /api/v1/projects/{project_id}/workflow": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"is_enforced": True, "transitions": []}
    ),
    "POST /api/v1/projects/{project_id}/labels": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "Bug"}
    ),
    "PATCH /api/v1/projects/{project_id}/labels/{label_id}": lambda scene: Request(
        ids=_part(scene, "label"), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}/labels/{label_id}": lambda scene: Request(ids=_part(scene, "label")),
    "POST /api/v1/projects/{project_id}/fields": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "Size", "key": "size", "kind": "number"}
    ),
    "PATCH /api/v1/projects/{project_id}/fields/{field_id}": lambda scene: Request(
        ids=_field(scene), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}/fields/{field_id}": lambda scene: Request(ids=_field(scene)),
    "POST /api/v1/projects/{project_id}/milestones": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "Beta"}
    ),
    "PATCH /api/v1/projects/{project_id}/milestones/{milestone_id}": lambda scene: Request(
        ids=_part(scene, "milestone"), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}/milestones/{milestone_id}": lambda scene: Request(
        ids=_part(scene, "milestone")
    ),
    "POST /api/v1/projects/{project_id}/iterations": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "First", **DAYS}
    ),
    "PATCH /api/v1/iterations/{iteration_id}": lambda scene: Request(ids=_iteration(scene), body={"name": uuid4().hex}),
    "POST /api/v1/iterations/{iteration_id}/start": lambda scene: Request(ids=_iteration(scene)),
    "POST /api/v1/iterations/{iteration_id}/close": _close,
    "DELETE /api/v1/iterations/{iteration_id}": lambda scene: Request(ids=_iteration(scene)),
    "POST /api/v1/projects/{project_id}/duplicate": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"key": f"D{uuid4().hex[:7].upper()}", "name": "Copy"}
    ),
    "POST /api/v1/projects/{project_id}/templates": lambda scene: Request(
        ids={"project_id": scene.new_project()}, body={"name": "Report"}
    ),
    "PATCH /api/v1/projects/{project_id}/templates/{template_id}": lambda scene: Request(
        ids=_part(scene, "template"), body={"name": uuid4().hex}
    ),
    "DELETE /api/v1/projects/{project_id}/templates/{template_id}": lambda scene: Request(ids=_part(scene, "template")),
}
SILENT: Silent = {}
