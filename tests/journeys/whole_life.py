"""The life of happenings.py, with what programs do in it."""

from collections.abc import Callable
from uuid import uuid4

from tests.journeys.happenings import Happenings


class WholeLife(Happenings):
    """Everything that makes an event."""

    @property
    def steps(self) -> list[Callable[[], None]]:
        """What may happen."""
        return [
            *super().steps,
            self.employ_a_program,
            self.put_a_task_aside,
            self.share_a_task,
            self.give_a_task_to_ann,
            self.move_to_another_project,
        ]

    def put_a_task_aside(self) -> None:
        task = self._task(self._ann)["id"]
        self._bob.post(f"/tasks/{task}/comments", {"body": "Not this year"})
        self._ann.post(f"/tasks/{task}/archive", status=200)
        if self._both_ways("take a task up again"):
            self._bob.post(f"/tasks/{task}/unarchive", status=200)

    def move_to_another_project(self) -> None:
        project = self._new_project()
        task = self._task(self._ann, assignee_ids=[self._bob.id])["id"]
        part = self._task(self._bob, parent_id=task)["id"]
        self._ann.post(f"/tasks/{task}/relations", {"kind": "relates_to", "target_id": part})
        comment = self._ann.post(f"/tasks/{part}/comments", {"body": "Said before"})["id"]
        self._bob.client.put(f"/api/v1/comments/{comment}/reactions/👍").raise_for_status()
        self._ann.post(f"/tasks/{part}/checklist", {"title": uuid4().hex})
        self._ann.post(f"/tasks/{task}/move", {"project_id": project}, 200)
        if self._both_ways("move back"):
            self._ann.post(f"/tasks/{task}/move", {"project_id": self._project}, 200)

    def employ_a_program(self) -> None:
        accounts = f"/workspaces/{self._workspace}/service-accounts"
        account = f"{accounts}/{self._ann.post(accounts, {'name': uuid4().hex})['id']}"
        self._ann.patch(account, {"role": self._chance.choice(["viewer", "guest"])})
        self._ann.post(f"{account}/disable", status=200)
        if self._both_ways("let a program in again"):
            self._ann.post(f"{account}/enable", status=200)
        if self._both_ways("dismiss a program"):
            self._ann.delete(account)

    def share_a_task(self) -> None:
        grants = f"/tasks/{self._task(self._bob)['id']}/grants"
        self._ann.post(grants, {"user_id": self._bob.id})
        self._ann.patch(f"{grants}/{self._bob.id}", {"level": "edit"})
        if self._both_ways("take a task back"):
            self._ann.delete(f"{grants}/{self._bob.id}")

    def give_a_task_to_ann(self) -> None:
        grants = f"/tasks/{self._task(self._bob)['id']}/grants"
        self._ann.post(grants, {"user_id": self._ann.id})
        self._ann.patch(f"{grants}/{self._ann.id}", {"level": "comment"})
        if self._both_ways("give a task up"):
            self._ann.delete(f"{grants}/{self._ann.id}")
