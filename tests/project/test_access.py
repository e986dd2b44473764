"""The access relation equals what its causes say, whatever happened and in whatever order."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from taskyard.contracts.access import BUILT_IN_ROLES, IN_PROJECT, Permission
from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal, weak_id
from tests.project.conftest import Api, World

ROLES = list(BUILT_IN_ROLES)
SEES_OPEN_PROJECTS = {"owner", "admin", "member", "viewer"}
SEES_ALL_PROJECTS = {"owner", "admin"}
Rows = list[asyncpg.Record]


async def rows(database: Database, sql: str, workspace_id: str) -> Rows:
    return await database.fetch(sql + " WHERE workspace_id = $1::uuid", workspace_id)


async def expected_access(database: Database, world: World) -> set[tuple[str, str, int]]:
    """The relation computed in Python from its causes, by the words of docs/permissions.md."""
    roles = {str(r["id"]): r["key"] for r in await rows(database, "SELECT id, key FROM roles", world.workspace_id)}
    sql = "SELECT id, visibility, archived_at FROM projects"
    alive = {
        str(p["id"]): (p["visibility"], p["archived_at"])
        for p in await database.fetch(f"{sql} WHERE workspace_id = $1::uuid AND deleted_at IS NULL", world.workspace_id)
    }
    wanted = set()
    for project_id, (visibility, archived_at) in alive.items():
        sees = SEES_ALL_PROJECTS if visibility == "private" else SEES_OPEN_PROJECTS
        if visibility == "public" and archived_at is None:
            wanted.add((project_id, THE_PUBLIC.id, int(Permission.PROJECT_VIEW)))
        wanted |= {(project_id, role_id, bits(key)) for role_id, key in roles.items() if key in sees}
    sql = "SELECT project_id, subject_id, role_id FROM project_members"
    for grant in await rows(database, sql, world.workspace_id):
        if str(grant["project_id"]) in alive:
            wanted.add((str(grant["project_id"]), str(grant["subject_id"]), bits(roles[str(grant["role_id"])])))
    return wanted


def bits(role: str) -> int:
    return int(BUILT_IN_ROLES[role] & IN_PROJECT)


async def expected_subjects(database: Database, world: World) -> set[tuple[str, str]]:
    members = await rows(database, "SELECT person_id, role_id FROM members", world.workspace_id)
    in_teams = await rows(database, "SELECT person_id, team_id FROM team_members", world.workspace_id)
    wanted = {(str(m["person_id"]), str(m["person_id"])) for m in members}
    wanted |= {(str(m["person_id"]), str(m["role_id"])) for m in members}
    return wanted | {(str(m["person_id"]), str(m["team_id"])) for m in in_teams}


async def check(database: Database, world: World) -> None:
    sql = "SELECT project_id::text, subject_id::text, permissions FROM access"
    present = {tuple(row) for row in await rows(database, sql, world.workspace_id)}
    assert present == await expected_access(database, world)
    sql = "SELECT person_id::text, subject_id::text FROM subjects"
    acting = {tuple(row) for row in await rows(database, sql, world.workspace_id)}
    wanted = await expected_subjects(database, world)
    assert acting == wanted
    sql = "SELECT access_id::text, subject_id::text FROM subjects_v2"
    present = {tuple(row) for row in await rows(database, sql, world.workspace_id)}
    sql = "SELECT require_mfa, public_projects FROM workspaces WHERE id = $1::uuid"
    [(asks_for_more, has_public)] = await database.fetch(sql, world.workspace_id)
    weak = set() if asks_for_more else {(weak_id(person), subject) for person, subject in wanted}
    assert present == wanted | weak | ({(THE_PUBLIC.id, THE_PUBLIC.id)} if has_public else set())


class Turmoil:
    """Does one random thing after another; what is refused changes nothing."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.api, self.random = world, world.api, random.Random(seed)  # noqa: S311 - not a secret
        self.caller = Principal(id=world.owner, is_strong=True)
        self.people = [world.api.people.register(f"p{number}") for number in range(5)]
        self.projects: list[str] = []
        self.teams: list[str] = []
        self.steps: list[Callable[[], Awaitable[int]]] = [
            self.join,
            self.change_role,
            self.leave,
            self.make_team,
            self.join_team,
            self.leave_team,
            self.dissolve_team,
            self.make_project,
            self.open_or_close,
            self.grant,
            self.change_grant,
            self.take_grant,
            self.trash,
            self.restore,
            self.ask_for_more_or_less,
            self.let_be_public_or_not,
            self.archive_or_not,
        ]

    async def step(self) -> int:
        return await self.random.choice(self.steps)()

    async def ask(self, method: str, path: str, body: object = None) -> int:
        return (await self.api.send(self.caller, method, path, body)).status_code

    def person(self) -> str:
        return self.random.choice(self.people)

    def team(self) -> str:
        return self.random.choice(self.teams or ["none"])

    def project(self) -> str:
        return f"/projects/{self.random.choice(self.projects or ['none'])}"

    def subject(self) -> dict[str, str]:
        if self.teams and self.random.random() < 0.5:
            return {"team_id": self.team()}
        return {"user_id": self.person()}

    async def ask_for_more_or_less(self) -> int:
        return await self.ask("PATCH", self.world.path, {"require_mfa": self.random.random() < 0.5})

    async def let_be_public_or_not(self) -> int:
        return await self.ask("PATCH", self.world.path, {"public_projects": self.random.random() < 0.7})

    async def archive_or_not(self) -> int:
        return await self.ask("POST", f"{self.project()}/{self.random.choice(['archive', 'unarchive'])}")

    async def join(self) -> int:
        email = self.api.people.known[self.person()].email
        body = {"email": email, "role": self.random.choice(ROLES)}
        return await self.ask("POST", f"{self.world.path}/members", body)

    async def change_role(self) -> int:
        body = {"role": self.random.choice(ROLES)}
        return await self.ask("PATCH", f"{self.world.path}/members/{self.person()}", body)

    async def leave(self) -> int:
        return await self.ask("DELETE", f"{self.world.path}/members/{self.person()}")

    async def make_team(self) -> int:
        name = f"Team {self.random.random()}"
        answer = await self.api.send(self.caller, "POST", f"{self.world.path}/teams", {"name": name})
        self.teams.append(answer.json()["id"])
        return answer.status_code

    async def join_team(self) -> int:
        return await self.ask("POST", f"/teams/{self.team()}/members", {"user_id": self.person()})

    async def leave_team(self) -> int:
        return await self.ask("DELETE", f"/teams/{self.team()}/members/{self.person()}")

    async def dissolve_team(self) -> int:
        return await self.ask("DELETE", f"/teams/{self.team()}")

    async def make_project(self) -> int:
        key = f"P{self.random.randrange(10**8)}"
        project = await self.world.project(key, self.caller, visibility=self.random.choice(["private", "workspace"]))
        self.projects.append(project["id"])
        return 201

    async def open_or_close(self) -> int:
        visibility = self.random.choice(["private", "workspace", "public"])
        return await self.ask("PATCH", self.project(), {"visibility": visibility})

    async def grant(self) -> int:
        body = {**self.subject(), "role": self.random.choice(ROLES)}
        return await self.ask("POST", f"{self.project()}/members", body)

    async def change_grant(self) -> int:
        subject_id = next(iter(self.subject().values()))
        body = {"role": self.random.choice(ROLES)}
        return await self.ask("PATCH", f"{self.project()}/members/{subject_id}", body)

    async def take_grant(self) -> int:
        subject_id = next(iter(self.subject().values()))
        return await self.ask("DELETE", f"{self.project()}/members/{subject_id}")

    async def trash(self) -> int:
        return await self.ask("DELETE", self.project())

    async def restore(self) -> int:
        return await self.ask("POST", f"{self.project()}/restore")


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_changes_keep_the_relation_true(databases: dict[str, Database], world: World, seed: int) -> None:
    turmoil = Turmoil(world, seed)
    answers: list[int] = []
    for _ in range(200):
        answers.append(await turmoil.step())
        assert answers[-1] < 500
        await check(databases["project"], world)
    assert sum(answer < 300 for answer in answers) > 60


async def test_changes_at_the_same_time_keep_the_relation_true(databases: dict[str, Database], world: World) -> None:
    turmoil = Turmoil(world, 3)
    for _ in range(3):
        await turmoil.make_project()
        await turmoil.make_team()
    for _ in range(15):
        answers = await asyncio.gather(*(turmoil.step() for _ in range(8)))
        assert max(answers) < 500
        await check(databases["project"], world)


async def test_a_false_row_is_noticed(databases: dict[str, Database], world: World) -> None:
    await world.project()
    await databases["owner"].execute(
        "DELETE FROM project.access WHERE workspace_id = $1::uuid AND permissions = 1", world.workspace_id
    )
    with pytest.raises(AssertionError):
        await check(databases["project"], world)


async def test_trashed_workspace_leaves_no_rows(api: Api, databases: dict[str, Database], world: World) -> None:
    await api.send(world.owner, "PATCH", world.path, {"public_projects": True})
    await world.project(visibility="public")
    await api.send(world.owner, "DELETE", world.path)
    for sql in ("SELECT 1 FROM access", "SELECT 1 FROM subjects", "SELECT 1 FROM subjects_v2"):
        assert await rows(databases["project"], sql, world.workspace_id) == []
