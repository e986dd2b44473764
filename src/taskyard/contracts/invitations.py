"""The secret in the mail of an invitation: what the project service sends and the auth service lets register."""

import hashlib

SIGN_UP_PATH = "/oauth/sign-up"
"""The page where the link in the mail leads."""


def hash_of_secret(secret: str) -> bytes:
    """What is stored of the secret of an invitation; 256 bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()
