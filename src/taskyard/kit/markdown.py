"""Markdown as HTML that is safe to show: CommonMark with tables and strikethrough, sanitised after it was rendered.

HTML in the text is shown as text. What the renderer makes is sanitised all the same, by a parser of its own, so that a
fault in one of the two is not enough. There are no images: they would tell whoever keeps them who reads.
"""

import asyncio

import nh3
from markdown_it import MarkdownIt

_TAGS = frozenset(
    {
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
    }
    | {"strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
_SCHEMES = {"http", "https", "mailto"}
_renderer = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render_markdown(text: str) -> str:
    """A text as HTML that can do nothing but be read and lead to where its links say."""
    return nh3.clean(
        _renderer.render(text),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


async def render_all(texts: list[str]) -> list[str]:
    """The same for several texts, in a thread: a long one takes longer than others should wait."""
    return await asyncio.to_thread(lambda: [render_markdown(text) for text in texts])
