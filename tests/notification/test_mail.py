"""Mail: what it says, to whom, when, and how to get no more of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from taskyard.kit import clock, logs
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.notification.mail.catalogue import CATALOGUE, ENGLISH, language_of, texts_of
from taskyard.notification.mail.sending import _client, post_of
from tests.notification.company import AT, Company
from tests.notification.door import Door
from tests.notification.mailing import LINKS, KnownPeople, Server, body, kept, kept_in, mail_room, parse, work

PREFERENCES = "/notification-preferences"


@pytest.fixture
def people(company: Company) -> KnownPeople:
    people = KnownPeople()
    people.register(company.boss, "Ada")
    people.register(company.colleague, "Bob")
    return people


@pytest.fixture(autouse=True)
async def nothing_due(databases: dict[str, Database]) -> None:
    """What other tests left to be mailed is none of these tests' business."""
    await databases["owner"].execute("UPDATE notification.notifications SET mail_due_at = NULL")
    await databases["owner"].execute("DELETE FROM notification.jobs")


async def assign(company: Company, title: str = "Repair the lift") -> str:
    """Give the colleague a task that has its row."""
    task_id = await company.add_task(task_id=await company.assign(company.colleague), title=title)
    await company.listen()
    return task_id


async def mails(databases: dict[str, Database], people: KnownPeople, folder: Path) -> list[Any]:
    await work(mail_room(databases["notification"], people, kept(folder)))
    return kept_in(folder)


async def test_mail_is_text_and_html_with_everything_escaped(
    company: Company, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    people.register(company.colleague, "Bob <b>", email="bob@example.com", locale="fr")
    await assign(company, "<script>alert('ü')</script> & more {actor}")
    [mail] = await mails(databases, people, tmp_path)
    assert mail["Subject"] == "Ada assigned OPS-1 to you: <script>alert('ü')</script> & more {actor}"
    assert mail["From"] == "Taskyard <taskyard@ty.example>"
    assert mail["To"].addresses[0].display_name == "Bob <b>"
    assert mail["Auto-Submitted"] == "auto-generated"
    html = body(mail, "html")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(&#x27;ü&#x27;)&lt;/script&gt; &amp; more {actor}" in html
    assert "Hello Bob &lt;b&gt;," in html
    assert "- Ada assigned OPS-1 to you: <script>" in body(mail, "plain")


async def test_mail_speaks_the_language_of_its_reader(
    company: Company, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    people.register(company.colleague, "Bob", locale="de-AT")
    await assign(company)
    [mail] = await mails(databases, people, tmp_path)
    assert mail["Subject"] == "Ada hat Ihnen OPS-1 zugewiesen: Repair the lift"
    assert '<html lang="de">' in body(mail, "html")


def test_locales_say_the_same_with_the_same_blanks() -> None:
    blanks = {key: {part for part in text.split() if "{" in part} for key, text in ENGLISH.items()}
    for texts in CATALOGUE.values():
        assert texts.keys() == ENGLISH.keys()
        for key, text in texts.items():
            names = {blank.strip(":,.") for blank in blanks[key]}
            assert names == {part.strip(":,.") for part in text.split() if "{" in part}
    assert (language_of("pt-BR"), language_of("DE")) == ("en", "de")
    assert texts_of("de") is CATALOGUE["de"]


async def test_what_is_due_at_once_shares_a_mail(
    company: Company, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    await assign(company, "One")
    await assign(company, "Two")
    [mail] = await mails(databases, people, tmp_path)
    assert mail["Subject"] == "2 notifications"
    text = body(mail, "plain")
    assert text.index("OPS-1 to you: One") < text.index("OPS-2 to you: Two")
    await assign(company, "Three")
    assert len(await mails(databases, people, tmp_path)) == 2


async def test_a_digest_leaves_once_at_its_hour(
    company: Company, door: Door, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    await door.send(company.colleague, "PATCH", PREFERENCES, {"reasons": {"assigned": {"mail": "digest"}}})
    for title in ("One", "Two"):
        await assign(company, title)
    assert await mails(databases, people, tmp_path) == []
    clock.travel(timedelta(days=1))
    [mail] = await mails(databases, people, tmp_path)
    assert mail["Subject"] == "2 notifications"
    clock.travel(timedelta(days=1))
    assert len(await mails(databases, people, tmp_path)) == 1


async def test_what_was_read_or_lost_meanwhile_is_not_mailed(
    company: Company, door: Door, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    read, gone = await assign(company, "Read"), await assign(company, "Gone")
    items = await door.items(company.colleague, "/notifications")
    [told] = [item for item in items if item["task_id"] == read]
    await door.send(company.colleague, "POST", f"/notifications/{told['id']}/read")
    await databases["owner"].execute("UPDATE task.tasks SET deleted_at = $2 WHERE id = $1", gone, AT)
    assert await mails(databases, people, tmp_path) == []
    await assign(company, "Hidden")
    await company.remove(company.colleague)
    assert await mails(databases, people, tmp_path) == []


async def test_who_wants_only_mail_gets_it(
    company: Company, door: Door, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    await door.send(company.colleague, "PATCH", PREFERENCES, {"reasons": {"assigned": {"inbox": "off"}}})
    await assign(company)
    assert len(await mails(databases, people, tmp_path)) == 1


async def test_a_disabled_person_gets_no_mail(
    company: Company, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    del people.known[company.colleague]
    await assign(company)
    assert await mails(databases, people, tmp_path) == []


async def test_one_click_stops_all_mail_without_signing_in(
    company: Company, door: Door, databases: dict[str, Database], people: KnownPeople, tmp_path: Path
) -> None:
    await assign(company)
    [mail] = await mails(databases, people, tmp_path)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    raw = next(tmp_path.glob("*.eml")).read_bytes()
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in raw
    assert link in body(mail, "plain")
    path = link.removeprefix("https://ty.example/api/v1")
    asked = await door.send(None, "GET", path)
    assert (asked.status_code, 'method="post"' in asked.text) == (200, True)
    assert asked.headers["content-type"] == "text/html; charset=utf-8"
    assert (await door.send(company.colleague, "GET", PREFERENCES)).json()["version"] == 1
    for _ in range(2):
        assert (await door.send(None, "POST", path, form="List-Unsubscribe=One-Click")).status_code == 200
    after = (await door.send(company.colleague, "GET", PREFERENCES)).json()
    assert ({channels["mail"] for channels in after["reasons"].values()}, after["version"]) == ({"off"}, 2)
    await assign(company)
    assert len(await mails(databases, people, tmp_path)) == 1
    assert len(await door.items(company.colleague, "/notifications")) == 2


async def test_a_link_that_is_not_ours_is_refused(company: Company, door: Door) -> None:
    token = LINKS.make(company.colleague).partition("token=")[2]
    forged = LINKS.make(company.boss).partition("token=")[2][:21] + token[21:]
    for wrong in (forged, token[:-4], "", "x", "é", "a" * 101):
        for method in ("GET", "POST"):
            path = f"{PREFERENCES}/unsubscribe?token={wrong}"
            assert (await door.send(None, method, path)).status_code == 422, wrong


async def test_a_mail_server_gets_it_under_a_name_that_follows_from_the_mail(
    company: Company, databases: dict[str, Database], people: KnownPeople
) -> None:
    people.register(company.colleague, "Bob", email="bob@exämple.com")
    await assign(company)
    async with Server().running() as server:
        await work(mail_room(databases["notification"], people, post_of(server.url, Path())))
    [mail] = server.taken
    mail_id = await databases["owner"].fetch_value(
        "SELECT mail_id::text FROM notification.notifications WHERE person_id = $1", company.colleague
    )
    assert mail["Message-ID"] == f"<{mail_id}@ty.example>"
    assert server.addresses == [("taskyard@ty.example", ["bob@xn--exmple-cua.com"])]


async def test_an_address_that_needs_it_is_sent_as_utf_8(
    company: Company, databases: dict[str, Database], people: KnownPeople
) -> None:
    people.register(company.colleague, "Jörg", email="jörg@exämple.com")
    await assign(company)
    async with Server().running() as server:
        await work(mail_room(databases["notification"], people, post_of(server.url, Path())))
    assert server.addresses == [("taskyard@ty.example", ["jörg@exämple.com"])]
    await assign(company)
    server.knows_utf8 = False
    async with server.running():
        await work(mail_room(databases["notification"], people, post_of(server.url, Path())))
    states = await databases["owner"].fetch("SELECT DISTINCT state FROM notification.jobs")
    assert ([row[0] for row in states], len(server.taken)) == (["done"], 1)


async def test_an_address_that_is_refused_for_good_is_given_up(
    company: Company, databases: dict[str, Database], people: KnownPeople
) -> None:
    await assign(company)
    async with Server().running() as server:
        server.refusal = "550 no such person"
        await work(mail_room(databases["notification"], people, post_of(server.url, Path())))
    states = await databases["owner"].fetch("SELECT state FROM notification.jobs WHERE kind = 'send_mail'")
    assert ([row[0] for row in states], server.taken) == (["done"], [])


async def test_a_passing_refusal_is_tried_again(
    company: Company, databases: dict[str, Database], people: KnownPeople
) -> None:
    await assign(company)
    async with Server().running() as server:
        server.refusal = "450 later"
        room = mail_room(databases["notification"], people, post_of(server.url, Path()))
        await work(room)
        server.refusal = ""
        clock.travel(timedelta(hours=1))
        await work(room)
    assert len(server.taken) == 1


async def test_without_a_server_and_a_folder_mail_is_dropped_and_said_so(tmp_path: Path, log_file: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    await post_of(None, tmp_path / "mail")(new_id(), parse(b"Subject: x\n\nx"))
    await post_of(None, tmp_path / "other")("id", parse(b"Subject: x\n\nx"))
    logs.close()
    assert "mail_dropped" in log_file.read_text()
    assert f"{tmp_path}/other/id.eml" in log_file.read_text()


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://mail.example", 587, False, None),
        ("smtp://u:p%40@mail.example:25", 25, False, True),
        ("smtp://u:p@localhost", 587, False, None),
        ("smtps://u:p@mail.example", 465, True, None),
    ],
)
async def test_no_password_leaves_this_machine_in_the_open(
    url: str, port: int, *, use_tls: bool, start_tls: bool | None
) -> None:
    client = _client(url)
    assert (client.port, client.use_tls, client._start_tls_on_connect) == (port, use_tls, start_tls)
