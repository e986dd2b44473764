"""The two ways of using the access relation, on rows of their own, as another service uses them."""

import re
from pathlib import Path

import pytest

from taskyard.contracts.access import (
    BUILT_IN_ROLES,
    CAN_IN_PROJECT,
    IN_PROJECT,
    PERMISSIONS_IN_PROJECT,
    VISIBLE_PROJECTS,
    Permission,
)
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id

TABLE = Path(__file__).parents[2] / "docs" / "permissions.md"
VIEW, EDIT = Permission.PROJECT_VIEW, Permission.TASK_EDIT


class Relation:
    """One person who acts through two subjects in one workspace."""

    def __init__(self, owner: Database, task: Database) -> None:
        self.owner, self.task = owner, task
        self.workspace_id, self.person_id, self.team_id = new_id(), new_id(), new_id()

    async def build(self) -> None:
        for subject_id in (self.person_id, self.team_id):
            await self.owner.execute(
                """
                INSERT INTO project.subjects (person_id, subject_id, workspace_id)
                VALUES ($1::uuid, $2::uuid, $3::uuid)
                """,
                self.person_id,
                subject_id,
                self.workspace_id,
            )

    async def allow(self, project_id: str, subject_id: str, permissions: Permission) -> None:
        await self.owner.execute(
            """
            INSERT INTO project.access (workspace_id, project_id, subject_id, permissions)
            VALUES ($1::uuid, $2::uuid, $3::uuid, $4)
            """,
            self.workspace_id,
            project_id,
            subject_id,
            int(permissions),
        )

    async def visible(self, limit: list[str] | None = None) -> dict[str, int]:
        sql = VISIBLE_PROJECTS.format(who="$1", projects="$2")
        return {str(row[1]): row[2] for row in await self.task.fetch(sql, self.person_id, limit)}

    async def ask(self, fragment: str, project_id: str, person_id: str, limit: list[str] | None) -> object:
        filled = fragment.format(row="n", who="$1", projects="$2", needed=int(EDIT))
        sql = f"SELECT {filled} FROM (SELECT $3::uuid AS workspace_id, $4::uuid AS project_id) n"  # noqa: S608 - our own fragments
        return await self.task.fetch_value(sql, person_id, limit, self.workspace_id, project_id)


@pytest.fixture
async def relation(databases: dict[str, Database]) -> Relation:
    made = Relation(databases["owner"], databases["task"])
    await made.build()
    return made


async def test_bits_of_all_subjects_add_up(relation: Relation) -> None:
    project_id = new_id()
    await relation.allow(project_id, relation.person_id, VIEW)
    await relation.allow(project_id, relation.team_id, EDIT)
    assert await relation.visible() == {project_id: VIEW | EDIT}
    assert await relation.ask(PERMISSIONS_IN_PROJECT, project_id, relation.person_id, None) == VIEW | EDIT
    assert await relation.ask(CAN_IN_PROJECT, project_id, relation.person_id, None) is True


async def test_stranger_holds_nothing(relation: Relation) -> None:
    project_id = new_id()
    await relation.allow(project_id, relation.person_id, VIEW | EDIT)
    assert await relation.ask(PERMISSIONS_IN_PROJECT, project_id, new_id(), None) == 0
    assert await relation.ask(CAN_IN_PROJECT, project_id, new_id(), None) is False


async def test_one_bit_does_not_stand_for_another(relation: Relation) -> None:
    project_id = new_id()
    await relation.allow(project_id, relation.person_id, VIEW)
    assert await relation.ask(CAN_IN_PROJECT, project_id, relation.person_id, None) is False


async def test_project_limit_narrows_every_way_of_use(relation: Relation) -> None:
    mine, other = new_id(), new_id()
    await relation.allow(mine, relation.person_id, VIEW | EDIT)
    await relation.allow(other, relation.person_id, VIEW | EDIT)
    assert await relation.visible([mine]) == {mine: VIEW | EDIT}
    assert await relation.visible([]) == {}
    assert await relation.ask(PERMISSIONS_IN_PROJECT, other, relation.person_id, [mine]) == 0
    assert await relation.ask(CAN_IN_PROJECT, other, relation.person_id, [mine]) is False
    assert await relation.ask(CAN_IN_PROJECT, mine, relation.person_id, [mine]) is True


async def test_project_without_the_view_bit_is_not_listed(relation: Relation) -> None:
    await relation.allow(new_id(), relation.person_id, EDIT)
    assert await relation.visible() == {}


def test_values_are_single_and_distinct_bits() -> None:
    values = [int(permission) for permission in Permission]
    assert all(value.bit_count() == 1 for value in values)
    assert len(set(values)) == len(Permission.__members__)
    assert all(bool(value & IN_PROJECT) == (value < 1 << 16) for value in values)


def test_documented_table_is_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", TABLE.read_text(), flags=re.MULTILINE)
    documented = {name: [cell.strip() == "yes" for cell in cells.split("|")] for name, cells in rows}
    roles = list(BUILT_IN_ROLES.values())
    assert documented == {
        str(permission.name).lower(): [permission in role for role in roles] for permission in Permission
    }
