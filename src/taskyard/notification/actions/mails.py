"""Deciding which notifications go out with which mail."""

from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import enqueue
from taskyard.notification.models.mails import MailJob
from taskyard.notification.queries import mails as queries

SEND_MAIL = "send_mail"
AT_ONCE = 500
ATTEMPTS = 200
"""With pauses up to an hour: some days, so that a mail server may be away over a long weekend."""


async def gather_mails(tx: Transaction) -> int:
    """Give everybody whose mail is due one mail with all that is due, and queue it; of how many notifications.

    Whatever happens later, the mail tells of these and no others.
    """
    due = await queries.lock_notifications_to_mail(tx, clock.now(), AT_ONCE)
    mails = {person_id: new_id() for person_id, _ in due}
    if due:
        await queries.assign_mails(tx, [(person_id, told, mails[person_id]) for person_id, told in due])
    for person_id, mail_id in mails.items():
        await enqueue(tx, SEND_MAIL, MailJob(mail_id, person_id), unique_key=f"mail:{mail_id}", max_attempts=ATTEMPTS)
    return len(due)
