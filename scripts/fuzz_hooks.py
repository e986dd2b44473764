"""How schemathesis signs in; loaded by it, in its own environment (scripts/fuzz_api.py)."""

import json
import os

import requests
import schemathesis


@schemathesis.auth(refresh_interval=3)
class SignIn:
    """A token of the account, from a new session."""

    def get(self, _case: object, _context: object) -> str:
        """Sign in."""
        address, account = os.environ["FUZZ_ADDRESS"], json.loads(os.environ["FUZZ_ACCOUNT"])
        answer = requests.post(f"{address}/api/v1/auth/login", json=account, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def set(self, case: schemathesis.Case, data: str, _context: object) -> None:
        """Show it."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
