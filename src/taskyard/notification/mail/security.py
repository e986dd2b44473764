"""Mails about the security of an account: nobody can turn them off, and nothing of them is stored here."""

from email.message import EmailMessage
from html import escape

import structlog

from taskyard.contracts.mail import SecurityMail
from taskyard.notification.actions.timing import zone_of
from taskyard.notification.mail.catalogue import language_of, texts_of
from taskyard.notification.mail.security_words import advice_for, words_of
from taskyard.notification.mail.sending import MailRefused, Post
from taskyard.notification.mail.writing import PAGE, begin_message

log = structlog.get_logger()


class SecurityPost:
    """Sends what the auth service has to tell people (contracts.mail.SecurityMails)."""

    def __init__(self, post: Post, sender: str) -> None:
        self._post = post
        self._sender = sender

    async def send_security_mail(self, *, mail: SecurityMail) -> None:
        """Write the mail and hand it over."""
        try:
            await self._post(mail.id, write_security_mail(mail, self._sender))
        except MailRefused as refused:
            log.warning("mail_refused", mail=mail.id, person=mail.recipient.id, error=repr(refused.__cause__))
            return
        log.info("mail_sent", mail=mail.id, person=mail.recipient.id, kind=mail.kind)


def write_security_mail(mail: SecurityMail, sender: str) -> EmailMessage:
    """The whole message, in the language of its reader and by their clock."""
    locale = mail.recipient.locale
    subject, text = words_of(locale, mail.kind)
    at = mail.at.astimezone(zone_of(mail.recipient.time_zone)).strftime("%Y-%m-%d %H:%M %Z")
    said = text.format(at=at, device=mail.device, address=mail.address)
    greeting = texts_of(locale)["greeting"].format(name=mail.recipient.name)
    advice = advice_for(locale, has_link=bool(mail.link))
    message = begin_message(mail.id, sender, mail.recipient, mail.at)
    message["Subject"] = subject
    message.set_content("\n\n".join(part for part in (greeting, said, mail.link, advice) if part) + "\n")
    link = f'<p><a href="{escape(mail.link)}">{escape(subject)}</a></p>\n' if mail.link else ""
    head = PAGE.format(language=language_of(locale), title="Taskyard")
    body = f"<p>{escape(greeting)}</p>\n<p>{escape(said)}</p>\n{link}<p>{escape(advice)}</p>\n</body></html>\n"
    message.add_alternative(head + body, subtype="html")
    return message
