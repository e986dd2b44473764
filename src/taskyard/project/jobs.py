"""What the project service does in the background.

It tells addresses of invitations, and forgets them in time; and it ends what the groups of a deleted identity provider
brought.
"""

from datetime import timedelta

import msgspec

from taskyard.contracts.invitations import hash_of_secret
from taskyard.contracts.mail import InvitationMail, InvitationMails
from taskyard.contracts.people import Recipients
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database
from taskyard.kit.jobs import Job, JobHandler, Periodic
from taskyard.project.actions import group_members
from taskyard.project.actions.invitation_links import InvitationLinks
from taskyard.project.actions.invitations import AT_ONCE, end_invitations
from taskyard.project.models.invitations import SEND_INVITATION, Letter
from taskyard.project.models.providers import END_GROUPS, EndedProvider
from taskyard.project.queries.invitations import find_invited, keep_secret_hash

END_INVITATIONS = "end_invitations"
INVITATION_PERIODICS = (Periodic(END_INVITATIONS, timedelta(hours=1)),)


class InvitationDesk(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that inviting by mail takes."""

    database: Database
    recipients: Recipients
    mails: InvitationMails
    links: InvitationLinks


def invitation_handlers(desk: InvitationDesk) -> dict[str, JobHandler]:
    """The jobs of invitations. They have a runner of their own, as a mail server may hang."""

    async def send(job: Job) -> None:
        await send_invitation(desk, job.id, job.read(Letter))

    async def end(job: Job) -> None:
        cause, ended = Cause(origin="automation", request_id=job.request_id), AT_ONCE
        while ended == AT_ONCE:
            async with desk.database.transaction(cause) as tx:
                ended = await end_invitations(tx)

    return {SEND_INVITATION: send, END_INVITATIONS: end}


def member_handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of memberships."""

    async def end(job: Job) -> None:
        gone, ended = job.read(EndedProvider), group_members.AT_ONCE
        cause = Cause(actor_id=gone.actor_id, origin="automation", request_id=job.request_id)
        while ended == group_members.AT_ONCE:
            async with database.transaction(cause) as tx:
                ended = await group_members.end_groups(tx, gone.provider_id)

    return {END_GROUPS: end}


async def send_invitation(desk: InvitationDesk, mail_id: str, letter: Letter) -> None:
    """Mail an invitation that is still open, with its secret, if whoever invited still has an account."""
    invited = await find_invited(desk.database, letter.workspace_id, letter.invitation_id, clock.now())
    if invited is None:
        return
    for inviter in await desk.recipients.list_recipients(ids=[invited.invited_by]):
        secret = desk.links.secret_of(letter.invitation_id)
        await keep_secret_hash(desk.database, letter.workspace_id, letter.invitation_id, hash_of_secret(secret))
        mail = InvitationMail(
            id=mail_id,
            address=invited.email,
            inviter=inviter,
            workspace=invited.workspace,
            at=invited.created_at,
            link=desk.links.link_to(secret),
        )
        await desk.mails.send_invitation_mail(mail=mail)
