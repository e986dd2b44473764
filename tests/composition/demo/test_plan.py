"""What a plan of the demo promises, before anything of it is told."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from taskyard.composition.demo.cast import ACTORS, PROJECTS
from taskyard.composition.demo.plan import HISTORY, make_plan
from taskyard.composition.demo.steps import Plan

END = datetime(2027, 2, 10, 16, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(1, 2000, END)


def test_same_seed_tells_the_same_story_and_another_seed_another(plan: Plan) -> None:
    assert make_plan(1, 2000, END) == plan
    assert make_plan(2, 2000, END) != plan


def test_every_task_is_created_once_and_first(plan: Plan) -> None:
    created: set[int] = set()
    written: set[int] = set()
    for step in plan.steps:
        if step.verb == "create":
            assert step.task not in created
            created.add(step.task)
        elif step.verb == "comment":
            assert step.task in created
            written.add(step.comment)
        elif step.verb in {"edit", "withdraw"}:
            assert step.comment in written
        elif step.verb != "read":
            assert step.task in created
    assert len(created) == 2000


def test_titles_differ_and_projects_have_their_shares(plan: Plan) -> None:
    created = [step for step in plan.steps if step.verb == "create"]
    titles = {step.fields["title"] for step in created}
    shares = Counter(step.fields["project"] for step in created)

    assert len(titles) > 1980
    assert not any("{" in str(title) for title in titles)
    assert [shares[project.key] for project in PROJECTS] == [700, 800, 500]


def test_people_work_on_weekdays_in_the_daytime_from_the_first_day_to_the_last(plan: Plan) -> None:
    times = [step.at for step in plan.steps]

    assert times == sorted(times)
    assert {at.weekday() for at in times} == set(range(5))
    assert {at.hour for at in times} <= set(range(6, 19))
    assert times[0] - plan.start < timedelta(days=3)
    assert END - timedelta(days=3) < times[-1] < END
    assert (plan.start, plan.end) == (END - HISTORY, END)


def test_older_tasks_are_mostly_done_and_some_are_cancelled_late_or_in_the_trash(plan: Plan) -> None:
    created_at = {step.task: step.at for step in plan.steps if step.verb == "create"}
    due = {step.task: step.fields["due_on"] for step in plan.steps if "due_on" in step.fields}
    status = {step.task: step.fields["status"] for step in plan.steps if "status" in step.fields}
    old = Counter(status[task] for task, at in created_at.items() if at < END - timedelta(days=45))
    late = [task for task, day in due.items() if str(day) < "2027-02-10" and status[task] not in {"done", "cancelled"}]
    gone = {step.task for step in plan.steps if step.verb == "delete"}

    assert old["done"] > 0.75 * old.total()
    assert set(status.values()) == {"backlog", "todo", "in_progress", "in_review", "done", "cancelled"}
    assert len(late) > 50
    assert 10 < len(gone) < 100


def test_only_who_sees_a_project_works_in_it_or_is_mentioned(plan: Plan) -> None:
    project = {step.task: str(step.fields["project"]) for step in plan.steps if step.verb == "create"}
    workers = {actor.nick: set(actor.projects) for actor in ACTORS}
    reach = {actor.nick: {*actor.projects, *actor.listens_to} for actor in ACTORS}
    for step in plan.steps:
        if step.verb == "read":
            continue
        allowed = reach if step.verb in {"comment", "edit", "withdraw"} else workers
        assert project[step.task] in allowed[step.who]
        for word in str(step.fields.get("body", "")).split():
            if word.startswith("@"):
                assert project[step.task] in reach[word.strip("@,.?")]
                assert word.strip("@,.?") != step.who


@pytest.mark.parametrize("tasks", [1, 7])
def test_small_story_is_whole_too(tasks: int) -> None:
    assert sum(step.verb == "create" for step in make_plan(3, tasks, END).steps) == tasks
