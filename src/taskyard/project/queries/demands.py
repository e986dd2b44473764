"""Why somebody who signed in without a second factor is not shown what there is."""

from taskyard.contracts.access import DEMANDED
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id

_FIND = DEMANDED.format(tasks="task.places_v1")


async def find_demanding_workspace(db: Statements, person_id: str, names: list[str]) -> str | None:
    """The name of the workspace that asks for a second factor before it shows them what is named; None for none."""
    name: str | None = await db.fetch_value(_FIND, person_id, names, [name for name in names if is_id(name)])
    return name
