"""How a mail is written: plain text and HTML, from the words of the reader's locale."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from html import escape

import msgspec

from taskyard.contracts.people import Recipient
from taskyard.kit.emails import wire_form
from taskyard.notification.actions.timing import zone_of
from taskyard.notification.mail.catalogue import Texts, language_of, texts_of
from taskyard.notification.models.mails import MailLine

# One long line each, as RFC 5322 allows: folded, a link would be torn apart.
_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")
PAGE = '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into one mail. ``names`` are those of the actors, by id."""

    id: str
    sender: str
    recipient: Recipient
    lines: Sequence[MailLine]
    names: Mapping[str, str]
    unsubscribe: str
    at: datetime


def write_mail(mail: Mail) -> EmailMessage:
    """The whole message. Its Message-ID follows from the mail's id, so that a repeated one is known for what it is."""
    texts = texts_of(mail.recipient.locale)
    sentences = [_sentence(texts, line, mail) for line in mail.lines]
    message = begin_message(mail.id, mail.sender, mail.recipient, mail.at)
    message["Subject"] = sentences[0] if len(sentences) == 1 else texts["many"].format(count=len(sentences))
    message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_plain(texts, sentences, mail))
    message.add_alternative(_html(texts, sentences, mail), subtype="html")
    return message


def begin_message(mail_id: str, sender: str, recipient: Recipient, at: datetime) -> EmailMessage:
    """A message from us to somebody, still without subject and text."""
    name, address = parseaddr(sender)
    user, _, domain = wire_form(recipient.email).rpartition("@")
    message = EmailMessage(policy=_POLICY.clone(utf8=not user.isascii()))
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(recipient.name, user, domain)
    message["Date"] = at
    message["Message-ID"] = f"<{mail_id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def write_page(locale: str, key: str, token: str | None = None) -> str:
    """A page for who follows the link: the question with its button, or what has happened."""
    texts = texts_of(locale)
    form = (
        ""
        if token is None
        else (
            f'<form method="post" action="?token={escape(token)}"><input type="hidden" name="List-Unsubscribe" '
            f'value="One-Click"><button>{escape(texts["confirm"])}</button></form>\n'
        )
    )
    head = PAGE.format(language=language_of(locale), title="Taskyard")
    return f"{head}<p>{escape(texts[key])}</p>\n{form}</body></html>\n"


def _sentence(texts: Texts, line: MailLine, mail: Mail) -> str:
    place = f"{line.workspace} / {line.project}" if line.project else line.workspace
    return texts[line.reason].format(
        actor=mail.names.get(line.actor_id or "", texts["somebody"]),
        key=line.key,
        title=line.title,
        place=place,
        due=_due(line, mail.recipient),
    )


def _due(line: MailLine, recipient: Recipient) -> str:
    """A date as it is, an instant by the reader's clock."""
    if line.due_at is None:
        return "" if line.due_on is None else line.due_on.isoformat()
    return line.due_at.astimezone(zone_of(recipient.time_zone)).strftime("%Y-%m-%d %H:%M")


def _plain(texts: Texts, sentences: Sequence[str], mail: Mail) -> str:
    said = "\n".join(f"- {sentence}" for sentence in sentences)
    greeting = texts["greeting"].format(name=mail.recipient.name)
    return f"{greeting}\n\n{said}\n\n-- \n{texts['why']}\n{texts['stop']} {mail.unsubscribe}\n"


def _html(texts: Texts, sentences: Sequence[str], mail: Mail) -> str:
    said = "".join(f"<li>{escape(sentence)}</li>\n" for sentence in sentences)
    head = PAGE.format(language=language_of(mail.recipient.locale), title="Taskyard")
    greeting = escape(texts["greeting"].format(name=mail.recipient.name))
    link = f'<a href="{escape(mail.unsubscribe)}">{escape(texts["stop_link"])}</a>'
    return f"{head}<p>{greeting}</p>\n<ul>\n{said}</ul>\n<p>{escape(texts['why'])}<br>\n{link}</p>\n</body></html>\n"
