"""`taskyard demo`: starts the parts, tells the story, and says how to look at it."""

import asyncio
import secrets
import time

import msgspec

from taskyard.composition.apps import one_process
from taskyard.composition.boot import running_parts
from taskyard.composition.demo.cast import ACTORS, COMPANY, PROJECTS
from taskyard.composition.demo.founding import found_company, register_people, require_free
from taskyard.composition.demo.plan import make_plan
from taskyard.composition.demo.steps import Plan
from taskyard.composition.demo.telling import Aftermath, Teller
from taskyard.composition.process import Application
from taskyard.composition.progress import say
from taskyard.kit import clock
from taskyard.kit.settings import Settings


class Demo(msgspec.Struct, frozen=True):
    """What somebody wants of the demo."""

    slug: str
    tasks: int = 2000
    seed: int = 1
    password: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(12))


async def run_demo(settings: Settings, demo: Demo, stop: asyncio.Event) -> None:
    """Fill the database of this home, or the one that is set, with the demo. Raises StartError."""
    async with running_parts(settings) as (resolved, master):
        # whoever may start this owns the database: neither sign-up nor limits are there to keep them out; that Redis
        # was slow for a moment is news for who runs a server
        quiet = msgspec.structs.replace(resolved, registration="open", limits_enforced=False, log_level="error")
        app = one_process(quiet, master, with_background=False)
        try:
            await app.start()
            await _tell(app, settings, demo, stop)
        finally:
            clock.reset()
            await app.stop()


async def _tell(app: Application, settings: Settings, demo: Demo, stop: asyncio.Event) -> None:
    began = time.monotonic()
    await require_free(app.process, demo.slug)
    plan = make_plan(demo.seed, demo.tasks, clock.now())
    say(f"Writing the last ninety days of {COMPANY}, {len(plan.steps):,} requests. Ctrl-C ends it early.")
    clock.travel(plan.start - clock.now())
    people = await register_people(app, demo.slug, demo.password)
    try:
        teller = Teller(await found_company(people, demo.slug), Aftermath(app.process))
        is_whole = await teller.tell(plan, stop)
    except BaseException:
        _tell_how_to_enter(settings, demo, "The story broke off; what was told until then is there.")
        raise
    finally:
        for person in people.values():
            await person.sign_out()
        clock.reset()
    _tell_how_to_enter(settings, demo, _summary(plan, teller, time.monotonic() - began, is_whole=is_whole))


def _summary(plan: Plan, teller: Teller, seconds: float, *, is_whole: bool) -> str:
    counts = f"{len(PROJECTS)} projects, {len(ACTORS)} people, {teller.tasks:,} tasks and {teller.comments:,} comments"
    if not is_whole:
        return f"Stopped early; what there is can be used: {counts}."
    return f"{COMPANY} is there, since {plan.start:%d %B %Y}: {counts} (in {seconds:.0f} seconds)."


def _tell_how_to_enter(settings: Settings, demo: Demo, summary: str) -> None:
    people = "\n".join(f"  {actor.email(demo.slug):<36} {actor.name} ({actor.role})" for actor in ACTORS)
    say(
        f"""
{summary}

{people}

  Everybody's password is  {demo.password}  and is shown only here.
  `taskyard up` starts Taskyard; then see {settings.public_url}/api/docs"""
    )
