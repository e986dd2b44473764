"""Texts as HTML, for who asks for it."""

import msgspec

from taskyard.kit.cursors import Page
from taskyard.kit.markdown import render_all
from taskyard.task.models.comments import Comment, RenderedComment
from taskyard.task.models.tasks import RenderedTask, Task


async def render_task(task: Task) -> RenderedTask:
    """A task with its description as HTML."""
    [html] = await render_all([task.description])
    return RenderedTask(**msgspec.structs.asdict(task), description_html=html)


async def render_comment(comment: Comment) -> RenderedComment:
    """A comment with its body as HTML."""
    [html] = await render_all([comment.body])
    return RenderedComment(**msgspec.structs.asdict(comment), body_html=html)


async def render_comments(page: Page[Comment]) -> Page[RenderedComment]:
    """A page of comments with their bodies as HTML."""
    htmls = await render_all([comment.body for comment in page.items])
    return Page(
        [
            RenderedComment(**msgspec.structs.asdict(comment), body_html=html)
            for comment, html in zip(page.items, htmls, strict=True)
        ],
        page.next_cursor,
    )
