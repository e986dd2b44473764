"""Links in mails: 256 bits that follow from the id of the mail by a key, so that only a hash is ever stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from taskyard.auth.models.mail import Purpose
from taskyard.contracts.mail import MailKind

VERIFY_WITHIN = timedelta(hours=24)
RESET_WITHIN = timedelta(minutes=15)
PURPOSES: dict[MailKind, tuple[Purpose, timedelta]] = {
    "verify_address": ("verify", VERIFY_WITHIN),
    "change_address": ("change", VERIFY_WITHIN),
    "reset_password": ("reset", RESET_WITHIN),
}
"""The mails that hold a link, what it is good for, and for how long."""
VERIFY_PATH, RESET_PATH = "/oauth/verify-address", "/oauth/reset-password"


class MailLinks:
    """Makes the links, to the address that the deployment was told is its own and to no other."""

    def __init__(self, public_url: str, key: bytes) -> None:
        self._url = public_url
        self._key = key

    def token_of(self, mail_id: str) -> str:
        """The secret in the link of a mail, always the same for a repeated one."""
        return urlsafe_b64encode(hmac.digest(self._key, mail_id.encode(), hashlib.sha256)).decode().rstrip("=")

    def link_to(self, purpose: Purpose, token: str) -> str:
        """The address that is mailed."""
        return f"{self._url}{RESET_PATH if purpose == 'reset' else VERIFY_PATH}?token={token}"
