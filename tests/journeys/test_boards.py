"""A board that many arrange at once, as everybody sees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]
COLUMN, MOVES = 10, 50


def column_of(person: Someone, project: str) -> list[str]:
    board = person.get(f"/boards/{project}")
    [todo] = [column for column in board["columns"] if column["state"]["key"] == "todo"]
    return [task["id"] for task in todo["tasks"]]


def test_fifty_moves_at_once_end_in_one_order_for_everybody(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace)["id"]
    body = {"project_id": project, "status": "todo"}
    tasks = [ann.post("/tasks", {**body, "title": str(number)})["id"] for number in range(COLUMN)]

    def move(number: int) -> int:
        mover, moved, after = (ann, bob)[number % 2], number % COLUMN, (number * 7 + 3) % COLUMN
        to = {"before_id": tasks[after]} if number % 3 else {"after_id": tasks[after]}
        status: int = mover.client.post(f"/api/v1/tasks/{tasks[moved]}/move", json=to).status_code
        return status

    apart = [number for number in range(MOVES + COLUMN) if number % COLUMN != (number * 7 + 3) % COLUMN][:MOVES]
    with ThreadPoolExecutor(MOVES) as pool:
        assert list(pool.map(move, apart)) == [200] * len(apart)
    seen = column_of(ann, project)
    assert seen == column_of(bob, project)
    assert sorted(seen) == sorted(tasks)

    last = seen[-1]
    assert bob.post(f"/tasks/{last}/move", {"status": "done"}, 200)["status"] == "done"
    assert column_of(ann, project) == seen[:-1]
