"""Links in invitations: 256 bits that follow from the id of the invitation by a key, so that only a hash is stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from taskyard.contracts.invitations import SIGN_UP_PATH


class InvitationLinks:
    """Makes the links, to the address that the deployment was told is its own and to no other."""

    def __init__(self, public_url: str, key: bytes) -> None:
        self._url = public_url
        self._key = key

    def secret_of(self, invitation_id: str) -> str:
        """The secret in the link of an invitation, always the same for a repeated mail."""
        return urlsafe_b64encode(hmac.digest(self._key, invitation_id.encode(), hashlib.sha256)).decode().rstrip("=")

    def link_to(self, secret: str) -> str:
        """The address that is mailed."""
        return f"{self._url}{SIGN_UP_PATH}?invitation={secret}"
