"""What mails tell, and to whom."""

from datetime import date, datetime

import msgspec

from taskyard.contracts.notification import Reason


class MailJob(msgspec.Struct, frozen=True):
    """The one mail that a job sends, and to whom."""

    mail_id: str
    person_id: str


class MailLine(msgspec.Struct, frozen=True):
    """One notification as a mail tells it; what it does not have is empty."""

    reason: Reason
    actor_id: str | None
    workspace: str
    project: str
    key: str
    title: str
    due_on: date | None
    due_at: datetime | None
