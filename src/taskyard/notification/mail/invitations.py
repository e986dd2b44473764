"""The mail that tells an address that it was invited. Whoever reads it has no account and no preferences yet."""

from email.message import EmailMessage
from html import escape

import structlog

from taskyard.contracts.mail import InvitationMail
from taskyard.contracts.people import Recipient
from taskyard.notification.mail.catalogue import language_of, texts_of
from taskyard.notification.mail.sending import MailRefused, Post
from taskyard.notification.mail.writing import PAGE, begin_message

log = structlog.get_logger()


class InvitationPost:
    """Sends what the project service has to tell addresses (contracts.mail.InvitationMails)."""

    def __init__(self, post: Post, sender: str) -> None:
        self._post = post
        self._sender = sender

    async def send_invitation_mail(self, *, mail: InvitationMail) -> None:
        """Write the mail and hand it over."""
        try:
            await self._post(mail.id, write_invitation(mail, self._sender))
        except MailRefused as refused:
            log.warning("mail_refused", mail=mail.id, error=repr(refused.__cause__))
            return
        log.info("mail_sent", mail=mail.id, kind="invitation")


def write_invitation(mail: InvitationMail, sender: str) -> EmailMessage:
    """The whole message, in the language of whoever invites: nothing is known of whoever is invited."""
    texts = texts_of(mail.inviter.locale)
    subject = texts["invitation"].format(actor=mail.inviter.name, workspace=mail.workspace)
    how = texts["invitation_how"].format(address=mail.address)
    stranger = Recipient("", mail.address, "", "UTC", mail.inviter.locale)
    message = begin_message(mail.id, sender, stranger, mail.at)
    message["Subject"] = subject
    message.set_content(f"{subject}.\n\n{how}\n{mail.link}\n\n{texts['invitation_ignore']}\n")
    head = PAGE.format(language=language_of(mail.inviter.locale), title="Taskyard")
    link = f'<a href="{escape(mail.link)}">{escape(mail.link)}</a>'
    said = f"<p>{escape(subject)}.</p>\n<p>{escape(how)}<br>\n{link}</p>\n<p>{escape(texts['invitation_ignore'])}</p>\n"
    message.add_alternative(f"{head}{said}</body></html>\n", subtype="html")
    return message
