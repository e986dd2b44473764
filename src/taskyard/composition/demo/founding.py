"""The first hour of the demo: its people sign up, and make the workspace, the teams and the projects."""

from collections.abc import Mapping
from typing import get_args

import msgspec

from taskyard.auth.queries.people import is_any_email_taken
from taskyard.composition.boot import StartError
from taskyard.composition.demo.cast import ACTORS, COMPANY, PROJECTS, TEAMS
from taskyard.composition.demo.client import Client
from taskyard.composition.process import Process
from taskyard.contracts.notification import Reason
from taskyard.kit.asgi import App
from taskyard.kit.emails import fold_email
from taskyard.project.queries.workspaces import is_slug_taken

_NO_MAIL = {"reasons": {reason: {"mail": "off"} for reason in get_args(Reason)}}
"""Nobody of the demo has a mailbox, and its news is ninety days old."""


class Company(msgspec.Struct, frozen=True):
    """What the founding made: everybody by nick, the projects by key."""

    people: dict[str, Client]
    project_ids: dict[str, str]


async def require_free(process: Process, slug: str) -> None:
    """Look whether a demo of this name could be founded, before anything is made that stays. Raises StartError."""
    emails = [fold_email(actor.email(slug)) for actor in ACTORS]
    if await is_slug_taken(process.database("project"), slug) or await is_any_email_taken(
        process.database("auth"), emails
    ):
        raise StartError(
            f"there is a workspace or an account of the name {slug} already; "
            "`taskyard demo --slug another-name` makes a demo beside it"
        )


async def register_people(app: App, slug: str, password: str) -> dict[str, Client]:
    """Open everybody's account; gives them by nick. Raises StartError when the password is refused."""
    people = {actor.nick: Client(app, actor.email(slug), password) for actor in ACTORS}
    for actor in ACTORS:
        await people[actor.nick].register(actor.name)
        await people[actor.nick].send("PATCH", "/notification-preferences", _NO_MAIL)
    return people


async def found_company(people: dict[str, Client], slug: str) -> Company:
    """Let the people make the demo's company. Raises StartError."""
    owner = people[ACTORS[0].nick]
    workspace_id = (await owner.send("POST", "/workspaces", {"name": COMPANY, "slug": slug})).id
    for actor in ACTORS[1:]:
        member = {"email": actor.email(slug), "role": actor.role}
        await owner.send("POST", f"/workspaces/{workspace_id}/members", member)
    team_ids = await _create_teams(owner, workspace_id, people)
    project_ids = {}
    for project in PROJECTS:
        wanted = {"workspace_id": workspace_id, "key": project.key, "name": project.name}
        wanted |= {"description": project.description, "visibility": project.visibility}
        lead = people[project.lead]
        made = await lead.send("POST", "/projects", {**wanted, "lead_id": lead.id})
        project_ids[project.key] = made.id
        await _open(lead, project.key, made.id, (team_ids, people))
    return Company(people, project_ids)


async def _create_teams(owner: Client, workspace_id: str, people: Mapping[str, Client]) -> dict[str, str]:
    team_ids = {}
    for name in TEAMS:
        team = await owner.send("POST", f"/workspaces/{workspace_id}/teams", {"name": name})
        team_ids[name] = team.id
        for actor in ACTORS:
            if name in actor.teams:
                await owner.send("POST", f"/teams/{team.id}/members", {"user_id": people[actor.nick].id})
    return team_ids


async def _open(lead: Client, key: str, project_id: str, who: tuple[Mapping[str, str], Mapping[str, Client]]) -> None:
    """Give the teams of a project their role in it, and the guests theirs."""
    team_ids, people = who
    path = f"/projects/{project_id}/members"
    for team, keys in TEAMS.items():
        if key in keys:
            await lead.send("POST", path, {"team_id": team_ids[team], "role": "member"})
    for actor in ACTORS:
        if actor.role == "guest" and key in actor.listens_to:
            await lead.send("POST", path, {"user_id": people[actor.nick].id, "role": "guest"})
