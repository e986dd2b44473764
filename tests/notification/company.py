"""A workspace with two projects, written by SQL as the project service would, and changes of its tasks."""

from datetime import UTC, date, datetime

import msgspec

from taskyard.contracts.access import BUILT_IN_ROLES
from taskyard.kit.changelog import Change, FieldChange, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Cause, Database, Origin
from taskyard.kit.ids import new_id
from taskyard.kit.leases import Leases
from taskyard.kit.queries.changelog import find_head
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.signals import Signal
from taskyard.notification.listeners import consumers

AT = datetime(2027, 2, 10, tzinfo=UTC)


class Task(msgspec.Struct, frozen=True):
    """The part of a task's event that matters here."""

    id: str
    title: str
    assignee_ids: list[str]


class Member(msgspec.Struct, frozen=True):
    """The same of a membership's event."""

    id: str
    user_id: str | None


class Reminder(msgspec.Struct, frozen=True):
    """The same of a reminder's event."""

    id: str
    task_id: str
    person_id: str


class Grant(msgspec.Struct, frozen=True):
    """The same of a grant's event."""

    id: str
    task_id: str
    user_id: str


class Company:
    """Who sees what: the boss and the colleague everything, the guest one project, the stranger nothing."""

    def __init__(self, databases: dict[str, Database], wake: Signal) -> None:
        self._databases = databases
        self._sequencer = Sequencer(
            databases["sequencer"], Leases(databases["sequencer"]), Signal(), lambda _: wake.notify()
        )
        self.workspace, self.role, self.guest_role = new_id(), new_id(), new_id()
        self.project, self.secret_project = new_id(), new_id()
        self.boss, self.colleague, self.guest, self.stranger = (new_id() for _ in range(4))
        self._beginning = (0, 0)

    async def found(self) -> None:
        owner = self._databases["owner"]
        await owner.execute(
            """
            INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)
            VALUES ($1, $2, 'Acme', $3, $4, $4)
            """,
            self.workspace,
            f"w-{self.workspace}",
            self.boss,
            AT,
        )
        for project_id, key in ((self.project, "OPS"), (self.secret_project, "SEC")):
            await owner.execute(
                """
                INSERT INTO project.projects
                    (workspace_id, id, key, name, visibility, created_by, created_at, updated_at)
                VALUES ($1, $2, $3, $3, 'private', $4, $5, $5)
                """,
                self.workspace,
                project_id,
                key,
                self.boss,
                AT,
            )
        for role_id, name in ((self.role, "member"), (self.guest_role, "guest")):
            await owner.execute(
                "INSERT INTO project.roles (workspace_id, id, key, name, permissions) VALUES ($1, $2, $3, $3, $4)",
                self.workspace,
                role_id,
                name,
                int(BUILT_IN_ROLES[name]),
            )
        for person_id in (self.boss, self.colleague):
            await self.act_as(person_id, self.role)
            await self.act_as(person_id, person_id)
        await self.act_as(self.guest, self.guest)
        await self.act_as(self.guest, self.guest_role)
        await self.grant(self.project, self.role)
        await self.grant(self.project, self.guest)
        await self.grant(self.secret_project, self.boss)
        await self.place()
        self._beginning = await find_head(self._databases["notification"])
        await self.rewind()

    async def act_as(self, person_id: str, subject_id: str) -> None:
        statement = "INSERT INTO project.subjects (person_id, subject_id, workspace_id) VALUES ($1, $2, $3)"
        await self._databases["owner"].execute(statement, person_id, subject_id, self.workspace)

    async def employ(self, account_id: str) -> None:
        """Say of somebody who sees everything that it is a service account."""
        await self._databases["owner"].execute(
            """
            INSERT INTO project.service_accounts (workspace_id, id, name, created_by, created_at, updated_at)
            VALUES ($1, $2, 'Deploy', $3, $4, $4)
            """,
            self.workspace,
            account_id,
            self.boss,
            AT,
        )

    async def grant(self, project_id: str, subject_id: str) -> None:
        statement = (
            "INSERT INTO project.access (workspace_id, project_id, subject_id, permissions) VALUES ($1, $2, $3, 63)"
        )
        await self._databases["owner"].execute(statement, self.workspace, project_id, subject_id)

    async def give(self, task_id: str, person_id: str) -> None:
        """Give a task to somebody."""
        await self._databases["owner"].execute(
            "INSERT INTO task.grants VALUES ($1, $2, $3, gen_random_uuid(), 1, $4, $5)",
            *(self.workspace, task_id, person_id, self.boss, AT),
        )

    async def share(self, task_id: str, person_id: str) -> None:
        """The same, and say so to them."""
        await self.give(task_id, person_id)
        await self._say_shared("created", task_id, person_id)

    async def unshare(self, task_id: str, person_id: str) -> None:
        """Take a task back from somebody, and say so to them."""
        await self._databases["owner"].execute("DELETE FROM task.grants WHERE task_id = $1", task_id)
        await self._say_shared("deleted", task_id, person_id)

    async def _say_shared(self, verb: str, task_id: str, person_id: str) -> None:
        said = Grant(new_id(), task_id, person_id)
        await self.announce(f"shared_task.{verb}.v1", task=said, project_id=None, audience_id=person_id)
        await self.place()

    async def invite(self) -> str:
        """Another member."""
        person_id = new_id()
        await self.act_as(person_id, self.role)
        return person_id

    async def remove(self, person_id: str) -> None:
        """What the removal of a member leaves behind: nothing."""
        statement = "DELETE FROM project.subjects WHERE person_id = $1 AND workspace_id = $2"
        await self._databases["owner"].execute(statement, person_id, self.workspace)

    async def add_task(
        self,
        *assignee_ids: str,
        task_id: str = "",
        title: str = "Repair the lift",
        due_on: date | None = None,
        due_at: datetime | None = None,
    ) -> str:
        """The row of a task of the boss, which says nothing in the log; its id."""
        task_id = task_id or new_id()
        await self._databases["owner"].execute(
            """
            INSERT INTO task.tasks (workspace_id, id, project_id, number, key, title, status, assignee_ids,
                                    due_on, due_at, created_by, created_at, updated_at)
            SELECT $1, $2, $3, n, 'OPS-' || n, $4, 'todo', $5, $6, $7, $8, $9, $9
              FROM (SELECT count(*) + 1 FROM task.tasks WHERE project_id = $3) t (n)
            """,
            self.workspace,
            task_id,
            self.project,
            title,
            list(assignee_ids),
            due_on,
            due_at,
            self.boss,
            AT,
        )
        return task_id

    async def demand(self, *, require_mfa: bool = True) -> None:
        """Ask everybody for a second factor from now on, or no more; it is said in the log, and placed."""
        await self._databases["owner"].execute(
            "UPDATE project.workspaces SET require_mfa = $2 WHERE id = $1", self.workspace, require_mfa
        )
        changes = {"require_mfa": FieldChange(not require_mfa, require_mfa)}
        await self.announce("workspace.updated.v1", project_id=None, changes=changes)
        await self.place()

    async def register(self, person_id: str, time_zone: str) -> None:
        """The row of somebody's account."""
        await self._databases["owner"].execute(
            """
            INSERT INTO auth.people (id, email, email_folded, name, time_zone, created_at, updated_at)
            VALUES ($1, $2, $2, 'Somebody', $3, $4, $4)
            """,
            person_id,
            f"{person_id}@example.com",
            time_zone,
            AT,
        )

    async def announce(
        self,
        kind: str = "task.updated.v1",
        *,
        project_id: str | None = "",
        audience_id: str | None = None,
        workspace_id: str | None = "",
        actor_id: str = "",
        task: Task | Member | Reminder | Grant | None = None,
        changes: dict[str, FieldChange] | None = None,
        origin: Origin = "api",
    ) -> str:
        """Write one event, not placed yet; the id of what changed."""
        task = task or _nobodys(kind)
        change = Change(
            type=kind,
            resource_id=task.id,
            version=1,
            data=task,
            changes=changes or {},
            workspace_id=self.workspace if workspace_id == "" else workspace_id,
            project_id=self.project if project_id == "" else project_id,
            audience_id=audience_id,
        )
        async with self._databases["task"].transaction(
            Cause(actor_id=actor_id or self.boss, origin=origin, request_id="r")
        ) as tx:
            await announce(tx, change)
        return task.id

    async def assign(self, *person_ids: str, kind: str = "task.created.v1", actor_id: str = "") -> str:
        """Write and place a task given to people."""
        changes = {} if kind == "task.created.v1" else {"assignee_ids": FieldChange([], list(person_ids))}
        task = Task(new_id(), "Repair the lift", list(person_ids))
        await self.announce(kind, task=task, changes=changes, actor_id=actor_id)
        await self.place()
        return task.id

    async def place(self) -> None:
        """Give everything committed its position."""
        while await self._sequencer.place():
            pass

    async def listen(self) -> None:
        """Let the service's consumers react to all that is placed, and place what they announced."""
        await self.place()
        for consumer in consumers():
            await catch_up(self._databases["notification"], consumer)
        statement = "SELECT FROM notification.consumer_cursors WHERE failures > 0 AND consumer = ANY($1)"
        names = [consumer.name for consumer in consumers()]  # other tests have consumers of their own
        assert not await self._databases["owner"].fetch(statement, names), "an event could not be handled"
        await self.place()

    async def rewind(self) -> None:
        """Let the consumers begin anew where the company did: what was before is other tests' business."""
        statement = """
            INSERT INTO notification.consumer_cursors (consumer, epoch, position) SELECT unnest($1::text[]), $2, $3
            ON CONFLICT (consumer) DO UPDATE SET epoch = $2, position = $3, failures = 0, retry_at = NULL
        """
        names = [consumer.name for consumer in consumers()]
        await self._databases["owner"].execute(statement, names, *self._beginning)

    async def head(self) -> str:
        """Where the log ends, as a client would name it."""
        epoch, position = await find_head(self._databases["notification"])
        return f"{epoch}:{position}"


def _nobodys(kind: str) -> Task | Member:
    """Something that an event of this type may be about, and that concerns nobody."""
    return Member(new_id(), None) if "member" in kind else Task(new_id(), "Repair the lift", [])
