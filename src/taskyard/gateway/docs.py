"""The documentation page: Swagger UI from files of our own, under a policy without inline script or foreign host."""

from functools import lru_cache
from importlib.resources import files

from taskyard.kit.asgi import Reply

DOCS_PATH = "/api/docs"
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGES: dict[str, tuple[str, bytes]] = {
    "": ("docs.html", b"text/html; charset=utf-8"),
    "/": ("docs.html", b"text/html; charset=utf-8"),
    "/oauth2-redirect.html": ("oauth2-redirect.html", b"text/html; charset=utf-8"),
    "/oauth2-redirect.js": ("oauth2-redirect.js", b"text/javascript; charset=utf-8"),
    "/docs.js": ("docs.js", b"text/javascript; charset=utf-8"),
    "/swagger-ui-bundle.js": ("swagger-ui-bundle.js", b"text/javascript; charset=utf-8"),
    "/swagger-ui.css": ("swagger-ui.css", b"text/css; charset=utf-8"),
    "/LICENSE.txt": ("swagger-ui.LICENSE.txt", b"text/plain; charset=utf-8"),
}


def find_page(path: str) -> Reply | None:
    """The page or asset at a path below ``/api/docs``; None when there is none."""
    page = _PAGES.get(path.removeprefix(DOCS_PATH))
    if page is None:
        return None
    name, media_type = page
    headers = [
        (b"content-type", media_type),
        (b"content-security-policy", _POLICY),
        (b"cache-control", b"public, max-age=3600"),
    ]
    return Reply(200, headers, _content(name))


@lru_cache(maxsize=len(_PAGES))
def _content(name: str) -> bytes:
    return files(__package__).joinpath("assets", name).read_bytes()
