"""What second factors are sealed and hashed under. A dump of the database is of no use without it."""

import hashlib
import hmac

from taskyard.kit.keys import Keys
from taskyard.kit.sealing import Sealer


class FactorKeys:
    """The keys of seeds and of recovery codes, derived from the key of the auth service."""

    def __init__(self, keys: Keys) -> None:
        self._seeds = Sealer(keys.derive("totp-seeds"))
        self._codes = keys.derive("recovery-codes")

    def seal_seed(self, seed: bytes, person_id: str) -> bytes:
        """A seed as it is stored, for one person only."""
        return self._seeds.seal(seed, person_id)

    def open_seed(self, sealed: bytes, person_id: str) -> bytes:
        """The seed again, to compare codes with. Raises SealBroken."""
        return self._seeds.open(sealed, person_id)

    def hash_code(self, code: str, person_id: str) -> bytes:
        """What is stored of a recovery code."""
        return hmac.digest(self._codes, f"{person_id}\0{code}".encode(), hashlib.sha256)
