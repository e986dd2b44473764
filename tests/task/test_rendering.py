"""Texts as HTML, for who asks for it."""

import httpx

from .conftest import NewCommentOf, NewTaskOf


async def test_a_description_is_rendered_for_who_asks(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task(description="**Wet** <script>")
    path = f"/tasks/{task['id']}"
    response = await ann.get(path, params={"expand": "html"})

    assert response.json() == {**task, "description_html": "<p><strong>Wet</strong> &lt;script&gt;</p>\n"}
    assert response.headers["etag"] == '"1"'
    assert (await ann.get(path)).json() == task
    assert (await ann.get(path, params={"expand": "all"})).json()["errors"][0]["pointer"] == "/expand"


async def test_comments_are_rendered_for_who_asks(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    comment = await new_comment("*So*")
    rendered = {**comment, "body_html": "<p><em>So</em></p>\n"}

    assert (await ann.get(f"/comments/{comment['id']}?expand=html")).json() == rendered
    page = (await ann.get(f"/tasks/{comment['task_id']}/comments?expand=html")).json()
    assert page == {"items": [rendered], "next_cursor": None}
