"""Fields of projects' own in queries."""

import httpx
import pytest

from .conftest import Acquaintances, NewTaskOf, World
from .test_labels_and_fields import add_field

KINDS = {
    "size": "number",
    "ready": "bool",
    "released": "date",
    "seen": "instant",
    "stage": "select",
    "note": "text",
    "reviewer": "person",
}


@pytest.fixture
async def tasks(new_task: NewTaskOf, world: World, people: Acquaintances) -> None:
    """Three tasks, of which the last has none of these values."""
    people.emails["ann@x.org"] = world.ann
    for key, kind in KINDS.items():
        await add_field(world, key, kind, options=("new", "3") if kind == "select" else ())
    await add_field(world, "tags", "multi_select", options=("red", "green"))
    first = {"size": 3, "ready": True, "released": "2027-02-10", "stage": "new", "tags": ["red", "green"]}
    second = {"size": 2.5, "ready": False, "seen": "2027-02-10T08:00:00.5Z", "stage": "3", "reviewer": world.ann}
    await new_task(title="a", custom={**first, "note": "The ROOF leaks"})
    await new_task(title="b", custom={**second, "note": "2027-99-99", "tags": []})
    await new_task(title="c")


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cf.size = 3", "a"),
        ("cf.size < 3", "b"),
        ("cf.size != 3", "bc"),
        ("CF.Size >= 2.5", "ab"),
        ('cf.size = "3"', ""),
        ("cf.stage = 3", "b"),
        ('cf.stage in (new, "3")', "ab"),
        ("cf.ready = true", "a"),
        ("cf.ready = False", "b"),
        ("cf.ready > 0", ""),
        ("cf.released = 2027-02-10", "a"),
        ('cf.released = "2027-02-10"', "a"),
        ("cf.released < 2027-02-10+1d", "a"),
        ("cf.seen = 2027-02-10", "b"),
        ("cf.seen > 2027-02-10T08:00:00Z", "b"),
        ("cf.seen = 2027-02-10T08:00:00.5Z", "b"),
        ("cf.seen >= 2027-02-10T08:00:01Z", ""),
        ("cf.note > 2027-01-01", "b"),
        ("cf.note ~ roof", "a"),
        ("cf.note ~ 2027-99", "b"),
        ("cf.tags = green", "a"),
        ("cf.tags is empty", "bc"),
        ("cf.tags ~ green", ""),
        ("cf.reviewer = me", "b"),
        ('cf.reviewer = "me"', ""),
        ("cf.reviewer = ann@x.org", "b"),
        ("cf.reviewer = nobody@x.org", ""),
        ("cf.size is not empty and not cf.stage = new", "b"),
        ("cf.nobody_has_it is empty", "abc"),
    ],
)
async def test_a_query_asks_for_values_of_any_kind(ann: httpx.AsyncClient, query: str, expected: str) -> None:
    answer = await ann.get("/tasks", params={"filter": f"{query} order by title"})

    assert answer.status_code == 200, answer.text
    assert "".join(task["title"] for task in answer.json()["items"]) == expected


@pytest.mark.usefixtures("tasks")
async def test_values_are_asked_about_only_where_one_sees_them(
    vera: httpx.AsyncClient, otto: httpx.AsyncClient
) -> None:
    query = {"filter": "cf.size is not empty"}

    assert len((await vera.get("/tasks", params=query)).json()["items"]) == 2
    assert (await otto.get("/tasks", params=query)).json()["items"] == []
