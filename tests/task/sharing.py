"""Somebody of the workspace who sees no project, and somebody who may give them tasks."""

from typing import Any

import httpx

from taskyard.kit.ids import new_id

from .conftest import As, World


class Sharing:
    """Gail, who is given tasks, and the boss, who gives them."""

    def __init__(self, world: World, as_person: As) -> None:
        self.gail_id, self.boss_id = new_id(), new_id()
        self.gail: httpx.AsyncClient = as_person(self.gail_id)
        self.boss: httpx.AsyncClient = as_person(self.boss_id)
        self._world = world

    async def begin(self) -> None:
        """Take both into the workspace, and the boss into the project."""
        for person_id in (self.gail_id, self.boss_id):
            await self.take_in(person_id)
        await self._world.grant(self.boss_id, self._world.project_id, "admin")

    async def take_in(self, person_id: str) -> None:
        """Let somebody belong to the workspace."""
        await self._world.owner.execute(
            "INSERT INTO project.subjects VALUES ($1, $1, $2)", person_id, self._world.workspace_id
        )

    async def give(self, task_id: str, level: str = "view", person_id: str = "") -> dict[str, Any]:
        """Give a task to Gail, or to somebody else; the grant."""
        body = {"user_id": person_id or self.gail_id, "level": level}
        answer = await self.boss.post(f"/tasks/{task_id}/grants", json=body)
        assert answer.status_code == 201, answer.text
        grant: dict[str, Any] = answer.json()
        return grant
