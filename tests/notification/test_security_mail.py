"""Mails about accounts: in every language, by the reader's clock, under a name that follows from the mail."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from taskyard.contracts.mail import MailKind, SecurityMail
from taskyard.contracts.people import Recipient
from taskyard.kit.ids import new_id
from taskyard.notification.mail.security import SecurityPost, write_security_mail
from taskyard.notification.mail.security_words import SECURITY_WORDS, advice_for
from taskyard.notification.mail.sending import post_of
from tests.notification.mailing import Server, body, kept, kept_in

SENDER = "Taskyard <taskyard@ty.example>"
AT = datetime(2027, 2, 10, 23, 30, tzinfo=UTC)
LINK = "https://ty.example/oauth/reset-password?token=abc&x=1"


def a_mail(kind: MailKind = "reset_password", locale: str = "en", link: str = LINK) -> SecurityMail:
    recipient = Recipient(new_id(), "bob@example.com", "Bob <b>", "Europe/Berlin", locale)
    return SecurityMail(id=new_id(), kind=kind, recipient=recipient, at=AT, link=link)


@pytest.mark.parametrize("kind", get_args(MailKind))
def test_every_kind_has_words_in_every_language(kind: MailKind) -> None:
    for locale in SECURITY_WORDS:
        mail = write_security_mail(a_mail(kind, locale), SENDER)
        assert mail["Subject"] == SECURITY_WORDS[locale][kind][0]
        assert "{" not in body(mail, "plain")


def test_a_mail_holds_its_link_and_nothing_that_could_act() -> None:
    one = a_mail()
    mail = write_security_mail(one, SENDER)
    assert f"\n{LINK}\n" in body(mail, "plain")
    html = body(mail, "html")
    assert 'href="https://ty.example/oauth/reset-password?token=abc&amp;x=1"' in html
    assert "Hello Bob &lt;b&gt;," in html
    assert mail["Message-ID"] == f"<{one.id}@ty.example>"
    assert "List-Unsubscribe" not in mail
    assert advice_for("en", has_link=True) in body(mail, "plain")


def test_a_mail_tells_the_time_of_its_reader() -> None:
    text = body(write_security_mail(a_mail("password_changed", "de-CH", link=""), SENDER), "plain")
    assert "am 2027-02-11 00:30 CET geändert" in text
    assert advice_for("de", has_link=False) in text


async def test_a_mail_is_handed_over(tmp_path: Path) -> None:
    one = a_mail()
    for _ in range(2):
        await SecurityPost(kept(tmp_path), SENDER).send_security_mail(mail=one)
    [mail] = kept_in(tmp_path)
    assert mail["To"].addresses[0].addr_spec == "bob@example.com"


async def test_an_address_that_is_refused_for_good_is_given_up_and_others_are_tried_again() -> None:
    async with Server().running() as server:
        post = SecurityPost(post_of(server.url, Path()), SENDER)
        server.refusal = "550 no such person"
        await post.send_security_mail(mail=a_mail())
        server.refusal = "450 later"
        with pytest.raises(Exception, match="450"):
            await post.send_security_mail(mail=a_mail())
        server.refusal = ""
        await post.send_security_mail(mail=a_mail())
    assert len(server.taken) == 1
