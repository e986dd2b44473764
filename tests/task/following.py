"""What tasks do after their project was arranged anew: the event, the jobs it entails, and their work."""

from datetime import timedelta

import msgspec

from taskyard.kit import clock
from taskyard.kit.changelog import Event, FieldChange
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import handlers
from taskyard.task.listeners import consumers
from tests.kit.finishing import finish_jobs

from .conftest import World


def event_of(
    world: World, kind: str, key: str, *changed: str, resource_id: str = "", moved_to: str | None = None
) -> Event:
    """An event about a part of the project, as the project service announces it."""
    data = {"workspace_id": world.workspace_id, "project_id": world.project_id, "key": key, "moved_to": moved_to}
    return Event(
        position=1,
        type=kind,
        resource_id=resource_id or new_id(),
        version=2,
        workspace_id=world.workspace_id,
        project_id=world.project_id,
        audience_id=None,
        actor_id=world.ann,
        origin="api",
        request_id="",
        at=clock.now(),
        data=msgspec.Raw(msgspec.json.encode(data)),
        changes={name: FieldChange(None, None) for name in changed},
    )


async def follow(world: World, event: Event) -> int:
    """Hear of an event and work off what it entails; how many jobs there were, stragglers' too."""
    [listening] = [one for one in consumers() if one.types is not None and event.type in one.types]
    async with world.task.transaction() as tx:
        assert listening.handle is not None
        await listening.handle(tx, event)
    clock.travel(timedelta(minutes=2))
    runner, count = JobRunner(world.task, handlers(world.task), Signal()), 0
    while started := await runner._start_jobs(1):
        await finish_jobs(runner)
        count += started
    return count
