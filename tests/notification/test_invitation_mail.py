"""The mail to an address that was invited: in every language, harmless, and kept no longer than needed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from taskyard.contracts.mail import InvitationMail
from taskyard.contracts.people import Recipient
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.notification.mail.catalogue import CATALOGUE
from taskyard.notification.mail.invitations import InvitationPost, write_invitation
from taskyard.notification.mail.sending import KEEP, forget_kept, post_of
from tests.notification.mailing import Server, body, kept, kept_in

SENDER, LINK = "Taskyard <taskyard@ty.example>", "https://ty.example/oauth/sign-up?invitation=s3cret"
AT = datetime(2027, 2, 10, 23, 30, tzinfo=UTC)


def an_invitation(locale: str = "en", workspace: str = "Acme") -> InvitationMail:
    inviter = Recipient(new_id(), "ann@example.com", "Ann <a>", "UTC", locale)
    return InvitationMail(
        id=new_id(), address="late@example.com", inviter=inviter, workspace=workspace, at=AT, link=LINK
    )


@pytest.mark.parametrize("locale", CATALOGUE)
def test_it_says_who_invites_where_to_and_how_in_every_language(locale: str) -> None:
    one = an_invitation(locale)
    mail = write_invitation(one, SENDER)
    assert mail["Subject"] == CATALOGUE[locale]["invitation"].format(actor="Ann <a>", workspace="Acme")
    assert mail["To"].addresses[0].addr_spec == "late@example.com"
    assert mail["Message-ID"] == f"<{one.id}@ty.example>"
    plain = body(mail, "plain")
    assert f"\n{LINK}\n" in plain
    assert "late@example.com" in plain
    assert "ann@example.com" not in mail.as_string()


def test_names_cannot_act() -> None:
    html = body(write_invitation(an_invitation(workspace="<script>"), SENDER), "html")
    assert "Ann &lt;a&gt; invites you to &lt;script&gt;" in html


async def test_it_is_handed_over_and_a_repeated_one_takes_the_place_of_the_first(tmp_path: Path) -> None:
    one = an_invitation()
    for _ in range(2):
        await InvitationPost(kept(tmp_path), SENDER).send_invitation_mail(mail=one)
    [mail] = kept_in(tmp_path)
    assert mail["To"].addresses[0].addr_spec == "late@example.com"


async def test_an_address_that_is_refused_for_good_is_given_up(tmp_path: Path, log_file: Path) -> None:
    server = Server()
    server.refusal = "550 No such user"
    async with server.running():
        await InvitationPost(post_of(server.url, tmp_path), SENDER).send_invitation_mail(mail=an_invitation())
    assert server.taken == []
    assert "late@example.com" not in log_file.read_text()


async def test_kept_mails_are_forgotten_after_a_month(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await forget_kept(folder)
    folder.mkdir()
    for name in ("old.eml", "new.eml", ".old.eml.17", "other.txt"):
        (folder / name).touch()
        age = KEEP + timedelta(hours=1) if "new" not in name else KEEP - timedelta(hours=1)
        at = (clock.now() - age).timestamp()
        os.utime(folder / name, (at, at))
    await forget_kept(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["new.eml", "other.txt"]
