"""08: pages are shown in no frame, tell nobody where somebody comes from, and run nothing."""

from tests.journeys.programs import Program


def test_pages_are_closed(app: Program) -> None:
    pages = [app.ask(), app.ask(redirect_uri="x"), *(app.browser.get(f"/oauth/{p}") for p in ("device", "sign-out"))]
    for page in pages:
        assert page.headers["content-type"].startswith("text/html")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (page.headers["referrer-policy"], page.headers["x-frame-options"]) == ("no-referrer", "DENY")
        assert (page.headers["cache-control"], "<script" in page.text) == ("no-store", False)


def test_after_a_form_the_browser_asks_by_get(app: Program) -> None:
    sent = app.browser.send(app.ask(), "/oauth/consent", decision="allow")
    signed_out = app.browser.send(app.browser.get("/oauth/sign-out"), "/oauth/sign-out")
    assert (sent.status_code, signed_out.status_code) == (303, 303)


def test_the_name_of_a_program_is_only_text(app: Program) -> None:
    app.owner.patch(f"/oauth-clients/{app.id}", {"name": "<script>alert(1)</script>"})
    assert "<script" not in app.ask().text
