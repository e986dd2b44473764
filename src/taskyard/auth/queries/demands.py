"""Why somebody who signed in without a second factor is not shown what there is."""

from taskyard.contracts.access import DEMANDED_WORKSPACE, PERMISSIONS_IN_WORKSPACE
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id

_HELD = PERMISSIONS_IN_WORKSPACE.format(workspace="x.workspace_id", who="$1")
_FIND = DEMANDED_WORKSPACE.format(
    elsewhere=f"""
            EXISTS (SELECT FROM project.service_accounts_v1 x
                     WHERE x.workspace_id = w.workspace_id AND x.account_id = ANY($3::uuid[])
                       AND {_HELD} <> 0)"""
)


async def find_demanding_workspace(db: Statements, person_id: str, names: list[str]) -> str | None:
    """The name of the workspace that asks for a second factor before it shows them what is named; None for none."""
    name: str | None = await db.fetch_value(_FIND, person_id, names, [name for name in names if is_id(name)])
    return name
