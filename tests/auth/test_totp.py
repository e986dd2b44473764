"""One-time codes, against the values RFC 6238 gives, and how a phone is told of them."""

from base64 import b32decode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from taskyard.auth.actions import totp

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert totp.code_at(SEED, second // totp.STEP_SECONDS) == code


@pytest.mark.parametrize(("off", "is_near"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_off_by_one_step(off: int, *, is_near: bool) -> None:
    now = datetime(2027, 2, 10, 12, 0, 15, tzinfo=UTC)
    step = int((now + timedelta(seconds=off)).timestamp()) // 30
    assert totp.find_step(SEED, totp.code_at(SEED, step), now) == (step if is_near else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0663" * 6])
def test_what_is_no_code_has_no_step(code: str) -> None:
    assert totp.find_step(SEED, code, datetime(2027, 2, 10, tzinfo=UTC)) is None


def test_an_app_reads_the_seed_from_the_link_and_the_drawing_is_an_image() -> None:
    link = totp.link_to(SEED, "ada+work@example.com")
    parts, fields = urlsplit(link), parse_qs(urlsplit(link).query)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Taskyard:ada%2Bwork%40example.com")
    assert b32decode(fields["secret"][0]) == SEED
    assert (fields["digits"], fields["period"], fields["issuer"]) == (["6"], ["30"], ["Taskyard"])
    assert ET.fromstring(totp.drawing_of(link)).tag == "svg"  # noqa: S314 - our own drawing
