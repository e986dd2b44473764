"""From a template to an answer: no resource of anybody else, readable in light and dark, usable without scripts.

The style, and where a passkey may be used the script that asks for it, stand in the page. The policy names their
hashes, so nothing else may style or run.
"""

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from litestar import Response
from litestar.types import ExceptionHandlersMap

from taskyard.auth.pages.words import words_for
from taskyard.auth.routes.provided import Call
from taskyard.kit.problems import Problem
from taskyard.kit.requests import header, trace_id_of

_HTML = "text/html"
_TARGETS = frozenset({"http", "https"})


@lru_cache(maxsize=32)
def _source(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _hash_of(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


_STYLE = _source("style.css")
_STYLE_SOURCE = f"'sha256-{_hash_of(_STYLE)}'"
_SCRIPTS = {"passkey_options": _source("passkey.js"), "creation_options": _source("new_passkey.js")}
"""The scripts, by what a page is given that shows one."""
_SCRIPT_SOURCES = {asked: f"'sha256-{_hash_of(script)}'" for asked, script in _SCRIPTS.items()}
_pages = Environment(
    loader=FunctionLoader(_source),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.globals.update(style=_STYLE, passkey_script=_SCRIPTS["passkey_options"])
_pages.globals.update(new_passkey_script=_SCRIPTS["creation_options"])


def show(request: Call, name: str, *, status: int = 200, **values: object) -> Response[str]:
    """A page by the name of its template, in the language of the reader.

    ``leads_to`` is an address outside to which the page's form may lead; ``cookies`` are Set-Cookie headers.
    """
    words, language = words_for(header(request.scope, b"accept-language") or "")
    leads_to, cookie = str(values.pop("leads_to", "")), str(values.pop("cookie", ""))
    text = _pages.get_template(f"{name}.html").render(words=words, language=language, name=name, **values)
    headers = {
        "Content-Security-Policy": _policy(
            leads_to, [source for asked, source in _SCRIPT_SOURCES.items() if values.get(asked)]
        ),
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    if cookie:
        headers["Set-Cookie"] = cookie
    return Response(text, status_code=status, headers=headers, media_type=_HTML)


def show_problem(request: Call, problem: Problem) -> Response[str]:
    """A refusal as a person reads it."""
    answer = show(request, "problem", status=problem.status, problem=problem, trace_id=trace_id_of(request.scope))
    answer.headers.update(problem.headers)
    return answer


def go_to(address: str, cookie: str = "") -> Response[bytes]:
    """To another page after a form was sent: the browser asks for it by GET (RFC 9110, 15.4.4)."""
    headers = {"Location": address, "Cache-Control": "no-store"}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Response(b"", status_code=303, headers=headers, media_type="text/plain")


def _policy(leads_to: str, scripts: list[str]) -> str:
    """What the page may do. A browser that follows a form's answer asks whether the form may lead there."""
    targets = f"'self' {_source_of(leads_to)}".strip()
    script = f"script-src {' '.join(scripts)}; " if scripts else ""
    return (
        f"default-src 'none'; {script}style-src {_STYLE_SOURCE}; img-src data:; base-uri 'none'; "
        f"form-action {targets}; frame-ancestors 'none'"
    )


def _source_of(address: str) -> str:
    """An address as a policy names it: its origin, or the scheme where a program of the machine answers it."""
    parts = urlsplit(address)
    if parts.scheme in _TARGETS:
        return f"{parts.scheme}://{parts.netloc}" if not set(parts.netloc) & set(" ;,'\"") else ""
    return f"{parts.scheme}:" if parts.scheme else ""


ANSWERS: ExceptionHandlersMap = {Problem: show_problem}
"""How every page says no."""
