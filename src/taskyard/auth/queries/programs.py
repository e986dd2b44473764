"""Statements on service accounts, which belong to the project service."""

import msgspec

from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements


class Standing(msgspec.Struct, frozen=True):
    """Where a service account belongs, what somebody holds there, and what it may itself, in any project."""

    workspace_id: str
    held: Permission
    allowed: Permission


async def find_standing(db: Statements, account_id: str, person_id: str) -> Standing | None:
    """How somebody stands to a service account that is not deleted."""
    row = await db.fetch_row(
        f"""
        SELECT o.workspace_id::text, {PERMISSIONS_IN_WORKSPACE.format(workspace="o.workspace_id", who="$2")},
               {PERMISSIONS_IN_WORKSPACE.format(workspace="o.workspace_id", who="o.account_id")} | (
                   SELECT coalesce(bit_or(p.permissions), 0)
                     FROM project.access_v1 p
                     JOIN project.subjects_v2 s ON s.subject_id = p.subject_id AND s.workspace_id = p.workspace_id
                    WHERE s.access_id = o.account_id AND s.workspace_id = o.workspace_id)
          FROM project.service_accounts_v1 o WHERE o.account_id = $1::uuid
        """,
        account_id,
        person_id,
    )
    return Standing(row[0], Permission(row[1]), Permission(row[2])) if row else None
