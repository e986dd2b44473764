"""What reports are read from, as a reader of the change log keeps it.

An event says what a task became; what it was before is remembered, so each one takes the task out of some counts and
puts it into others. An event that was counted already, by its version, changes nothing: the log may be read again.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from taskyard.kit.database import Transaction
from taskyard.task.models.progress import NOBODY, Amount, Entry, Scope, Series, Standing, Tally
from taskyard.task.queries import progress as queries

CONSUMER = "follow_progress"
"""The reader of the change log that keeps this; its name keeps its place."""

Moves = dict[Series, dict[datetime, Amount]]
"""By how much each series changes at which instants."""


async def follow_progress(tx: Transaction, after: int, until: int) -> None:
    """Count what happened in a span of the log."""
    steps = await queries.list_steps(tx, after, until)
    if not steps:
        return
    known = {one.task_id: one for one in await queries.list_standings(tx, [step for _, step in steps])}
    entries: dict[tuple[str, str], Entry] = {}
    moves: Moves = defaultdict(dict)
    for at, step in steps:
        before = known.get(step.task_id)
        if before is not None and before.version >= step.version:
            continue
        known[step.task_id] = step
        _move(moves, before, step, at)
        entries.setdefault((step.task_id, step.status), Entry(step.workspace_id, step.task_id, step.status, at))
    await queries.store_standings(tx, list(known.values()))
    await queries.insert_entries(tx, list(entries.values()))
    await _count(tx, moves)


def _move(moves: Moves, before: Standing | None, after: Standing, at: datetime) -> None:
    """Take a task out of where it was counted, and count it where it is now."""
    difference: dict[Series, Amount] = defaultdict(Amount)
    for standing, sign in ((before, -1), (after, 1)):
        if standing is not None and standing.is_present:
            amount = Amount(sign, sign * (standing.estimate or Decimal(0)))
            for series in _series_of(standing):
                difference[series] = difference[series].plus(amount)
    for series, amount in difference.items():
        if amount != Amount():
            moves[series][at] = moves[series].get(at, Amount()).plus(amount)


def _series_of(standing: Standing) -> list[Series]:
    """Where a task counts: in its project, in its iteration, and for each of its people or for nobody."""
    scopes: list[tuple[Scope, str]] = [("project", standing.project_id)]
    if standing.iteration_id is not None:
        scopes.append(("iteration", standing.iteration_id))
    scopes.extend(("person", person_id) for person_id in standing.assignee_ids or [NOBODY])
    where, is_completed = (standing.workspace_id, standing.project_id), standing.completed_at is not None
    return [Series(*where, scope, scope_id, standing.status, is_completed) for scope, scope_id in scopes]


async def _count(tx: Transaction, moves: Moves) -> None:
    """Add what moved to the counts from those instants on, also to later ones that are counted already."""
    if not moves:
        return
    series = list(moves)
    past: list[list[tuple[datetime, Amount]]] = [[] for _ in series]
    for n, at, amount in await queries.list_amounts(tx, series, [min(moves[one]) for one in series]):
        past[n].append((at, amount))
    tallies = [tally for one, amounts in zip(series, past, strict=True) for tally in _added(one, amounts, moves[one])]
    await queries.insert_series(tx, series)
    await queries.store_tallies(tx, tallies)


def _added(series: Series, past: list[tuple[datetime, Amount]], changes: dict[datetime, Amount]) -> list[Tally]:
    """The counts of a series from its first change on."""
    instants, total, tallies = [at for at, _ in past], Amount(), []
    for at in sorted({*(at for at in instants if at >= min(changes)), *changes}):
        total = total.plus(changes.get(at, Amount()))
        place = bisect_right(instants, at)
        amount = total.plus(past[place - 1][1]) if place else total
        where = (series.workspace_id, series.project_id, series.scope_id, series.status, series.is_completed)
        tallies.append(Tally(*where, at, amount.tasks, amount.estimate))
    return tallies
