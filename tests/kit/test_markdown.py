"""Markdown is shown as HTML that does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskyard.kit.markdown import render_all, render_markdown

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<a href='https://x' onclick='alert(1)'>x</a>",
    "![x](https://spy.example.com/pixel.png)",
    "<style>*{display:none}</style>",
    "<iframe src=//x></iframe>",
    "[a](https://x 'title\" onmouseover=\"alert(1)')",
    "`<svg/onload=alert(1)>`",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "[a]: javascript:alert(1)\n\n[a]",
    '```"><script>\nx\n```',
]
TAG = re.compile(r"<(/?[a-z0-9]+)((?:\s[^<>]*)?)>")
HARMLESS = re.compile(
    r'(?: (?:href="(?:https?:|mailto:|[^:"]*")[^"]*"?|title="[^"]*"|rel="[^"]*"|class="[^"]*"|start="\d+"))*'
)


def test_markdown_is_rendered() -> None:
    table, link = "| a | b |\n|---|---|\n| 1 | 2 |", '[site](https://example.com "T")'
    html = render_markdown(f"# Plan\n\n1. **Roof** ~~now~~\n2. `tiles`\n\n{table}\n\n{link}")

    for part in ("<h1>Plan</h1>", "<strong>Roof</strong>", "<s>now</s>", "<code>tiles</code>", "<td>1</td>", "<ol>"):
        assert part in html
    assert '<a href="https://example.com" title="T" rel="nofollow noopener noreferrer">site</a>' in html


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_carried_out(attack: str) -> None:
    require_harmless(render_markdown(attack))


@given(st.lists(st.sampled_from([*ATTACKS, "\n", "\n\n", "*", "_", "`", "[", "](", ")", "<", ">", '"', "&#x3c;", "|"])))
def test_nothing_is_carried_out_however_it_is_put_together(parts: list[str]) -> None:
    require_harmless(render_markdown("".join(parts)))


def require_harmless(html: str) -> None:
    """Nothing but tags that are allowed, with attributes that do nothing."""
    tags = TAG.findall(html)
    assert html.count("<") == len(tags), html
    for name, attributes in tags:
        assert name.removeprefix("/") not in {"script", "img", "style", "iframe", "svg"}, html
        assert HARMLESS.fullmatch(attributes), html


async def test_texts_are_rendered_together() -> None:
    assert await render_all(["*a*", ""]) == ["<p><em>a</em></p>\n", ""]
