"""Answers to comments: one thread for each comment, however deep somebody answers."""

import httpx

from taskyard.kit.ids import new_id

from .conftest import NewCommentOf


async def test_an_answer_to_an_answer_joins_the_thread(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    first = await new_comment()
    other = await new_comment("Unrelated", first["task_id"])
    path = f"/tasks/{first['task_id']}/comments"
    answer = (await ann.post(path, json={"body": "Why?", "reply_to": first["id"]})).json()
    deeper = (await ann.post(path, json={"body": "Rain", "reply_to": answer["id"]})).json()

    assert (first["reply_to"], answer["reply_to"], deeper["reply_to"]) == (None, first["id"], first["id"])
    assert (await ann.get(path)).json()["items"] == [first, other, answer, deeper]
    thread = await ann.get(path, params={"reply_to": first["id"]})
    newest = await ann.get(path, params={"reply_to": first["id"], "sort": "-created_at", "limit": 1})
    assert (thread.json()["items"], newest.json()["items"]) == ([answer, deeper], [deeper])


async def test_only_a_comment_on_the_same_task_is_answered(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    here, elsewhere = await new_comment(), await new_comment()
    path = f"/tasks/{here['task_id']}/comments"
    await ann.delete(f"/comments/{here['id']}")
    for reply_to in (here["id"], elsewhere["id"], new_id(), "first"):
        response = await ann.post(path, json={"body": "So", "reply_to": reply_to})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/reply_to")
    assert (await ann.get(path, params={"reply_to": "x"})).status_code == 422


async def test_answers_outlive_what_they_answer(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    first = await new_comment()
    path = f"/tasks/{first['task_id']}/comments"
    answer = (await ann.post(path, json={"body": "Why?", "reply_to": first["id"]})).json()
    await ann.delete(f"/comments/{first['id']}")

    assert (await ann.get(path)).json()["items"] == [answer]
