"""Recovery codes: for whoever has lost the second factor. Ten of 80 bits, each good for once."""

import secrets

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.models import RecoveryCodes, SecuritySnapshot
from taskyard.auth.queries import second_factors as queries
from taskyard.contracts.auth import RECOVERY_CODE_USED, RECOVERY_CODES_CREATED
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o and u, which are misread (Crockford's base 32)
_MISREAD = str.maketrans("ilo", "110", " -")


async def renew_codes(tx: Transaction, keys: FactorKeys, person_id: str, reason: str | None = None) -> RecoveryCodes:
    """Make new recovery codes; those there were are good no more."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(COUNT)]
    rows = [(new_id(), keys.hash_code(code, person_id)) for code in codes]
    await queries.delete_recovery_codes(tx, person_id)
    await queries.insert_recovery_codes(tx, person_id, rows)
    await announce_security(tx, RECOVERY_CODES_CREATED, SecuritySnapshot(rows[0][0], person_id, reason))
    return RecoveryCodes(["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes])


async def use_code(tx: Transaction, keys: FactorKeys, person_id: str, code: str) -> bool:
    """Use up a recovery code; False when it is none of the person's, or was used."""
    code_hash = keys.hash_code(code.lower().translate(_MISREAD), person_id)
    used = await queries.use_recovery_code(tx, person_id, code_hash, clock.now())
    if used is not None:
        await announce_security(tx, RECOVERY_CODE_USED, SecuritySnapshot(used, person_id))
    return used is not None
