"""What it costs to know again whose access token this is: the check that every request of a signed-in caller pays."""

import sys
import timeit

from joserfc import jwt
from joserfc.jwk import RSAKey

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.tokens import ACCESS_TOKEN_TYPE, API_AUDIENCE, KeySet, TokenVerifier

ISSUER, ROUNDS, TIMES = "https://tasks.example", 7, 20_000


def main() -> None:
    """Print microseconds a check of a token that was verified before; the median of some rounds."""
    key, now, keys = RSAKey.generate_key(2048), int(clock.now().timestamp()), KeySet()
    keys.replace(access={"one": key}, services={})
    claims = {"iss": ISSUER, "sub": new_id(), "aud": API_AUDIENCE, "iat": now, "exp": now + 600, "jti": new_id()}
    claims |= {"sid": new_id(), "auth_time": now, "amr": ["pwd"]}
    header = {"alg": "RS256", "typ": ACCESS_TOKEN_TYPE, "kid": "one"}
    token = jwt.encode(header, claims, key, algorithms=["RS256"])
    verifier = TokenVerifier(issuer=ISSUER, service="task", keys=keys)
    verifier.verify(token)
    spent = sorted(timeit.repeat(lambda: verifier.verify(token), number=TIMES, repeat=ROUNDS))
    sys.stdout.write(f"{spent[ROUNDS // 2] / TIMES * 1e6}\n")


if __name__ == "__main__":
    main()
