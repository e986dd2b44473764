"""Tokens: what is believed, and the many forgeries that are not."""

import base64
import hmac
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwe, jwt
from joserfc.jwk import OKPKey, RSAKey

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import InvalidToken
from taskyard.kit.tokens import AssertionSigner, KeySet, TokenVerifier, UnknownKey

ISSUER = "https://tasks.example"
RSA = RSAKey.generate_key(2048)
OTHER_RSA = RSAKey.generate_key(2048)
SERVICES = {name: OKPKey.generate_key("Ed25519") for name in ("gateway", "task", "project")}
ANY = new_id()
HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "one"}


@pytest.fixture
def keys() -> KeySet:
    trusted = KeySet()
    trusted.replace(access={"one": RSA}, services=SERVICES)
    return trusted


@pytest.fixture
def verifier(keys: KeySet) -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, service="task", keys=keys)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    whole = {
        "iss": ISSUER,
        "sub": new_id(),
        "aud": "taskyard-api",
        "iat": now,
        "exp": now + 600,
        "jti": new_id(),
        "sid": new_id(),
        "auth_time": now,
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def access_token(header: dict[str, Any] | None = None, key: RSAKey = RSA, **changes: Any) -> str:
    return jwt.encode(header or HEADER, claims(**changes), key, algorithms=["RS256"])


def by_hand(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"") -> str:
    parts = (msgspec.json.encode(header), msgspec.json.encode(body), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_an_access_token_names_its_person_and_session(verifier: TokenVerifier) -> None:
    person, session = new_id(), new_id()
    principal = verifier.verify(access_token(sub=person, sid=session, scope="tasks:read tasks:write"))
    assert (principal.id, principal.session_id, principal.kind) == (person, session, "person")
    assert principal.scopes == frozenset({"tasks:read", "tasks:write"})


def test_a_client_acts_for_itself_or_as_its_service_account(verifier: TokenVerifier) -> None:
    client, account, binding = new_id(), new_id(), new_id()
    for_itself = verifier.verify(access_token(sub=client, client_id=client, sid=client, scope="tasks:read"))
    assert (for_itself.id, for_itself.kind) == (client, "service_account")
    bound = access_token(sub=client, client_id=client, sid=binding, scope="tasks:read", service_account_id=account)
    principal = verifier.verify(bound)
    assert (principal.id, principal.kind, principal.session_id) == (account, "service_account", binding)
    verifier.revoked = frozenset({binding})
    with pytest.raises(InvalidToken):
        verifier.verify(bound)


@pytest.mark.parametrize(
    "changes",
    [
        {"service_account_id": new_id()},
        {"service_account_id": new_id(), "client_id": new_id()},
        {"sub": ANY, "client_id": ANY, "service_account_id": "root"},
        {"sub": ANY, "client_id": ANY, "service_account_id": 7},
    ],
)
def test_nobody_but_a_client_for_itself_acts_as_an_account(verifier: TokenVerifier, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(access_token(**changes))


def test_the_account_of_a_token_is_signed(verifier: TokenVerifier) -> None:
    client = new_id()
    whole: dict[str, Any] = {"sub": client, "client_id": client, "service_account_id": new_id()}
    head, body, signature = access_token(**whole).split(".")
    said = msgspec.json.decode(base64.urlsafe_b64decode(body + "=="))
    other, none = said | {"service_account_id": new_id()}, {n: v for n, v in said.items() if n != "service_account_id"}
    for forged in (other, none):
        text = base64.urlsafe_b64encode(msgspec.json.encode(forged)).decode().rstrip("=")
        with pytest.raises(InvalidToken):
            verifier.verify(f"{head}.{text}.{signature}")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"nbf": 4102444800},
        {"iat": 4102444800},
        {"exp": 1},
        {"sub": "gateway"},
        {"sid": ""},
        *({name: None} for name in ("iss", "sub", "aud", "exp", "iat", "sid", "auth_time")),
        {"exp": "tomorrow"},
    ],
)
def test_wrong_or_missing_claims_are_refused(verifier: TokenVerifier, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(access_token(**changes))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RS256", "typ": "JWT", "kid": "one"},
        {"alg": "RS256", "typ": "id_token+jwt", "kid": "one"},
        {"alg": "RS256", "typ": "taskyard-assertion+jwt", "kid": "one"},
        {"alg": "RS256", "kid": "one"},
        {"alg": "RS256", "typ": "at+jwt"},
        {**HEADER, "jwk": RSA.as_dict(private=False)},
        {**HEADER, "jku": "https://evil.example/keys"},
        {**HEADER, "x5u": "https://evil.example/chain"},
    ],
)
def test_a_wrong_type_or_a_key_in_the_header_is_refused(verifier: TokenVerifier, header: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(access_token(header))


def test_a_token_says_whether_its_sign_in_took_a_second_factor(verifier: TokenVerifier) -> None:
    weak, strong = (verifier.verify(access_token(amr=methods)) for methods in (["pwd"], ["pwd", "otp", "mfa"]))
    assert [one.access_id == one.id for one in (weak, strong, verifier.verify(access_token()))] == [False, True, False]


def test_a_critical_extension_is_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(by_hand({**HEADER, "crit": ["b64"], "b64": False}, claims(), b"x" * 256))


@pytest.mark.parametrize("kid", ["../../etc/passwd", "https://evil.example/k", "two' OR 1=1", "\x00"])
def test_a_hostile_key_id_is_only_unknown(verifier: TokenVerifier, kid: str) -> None:
    with pytest.raises(UnknownKey) as refused:
        verifier.verify(access_token({**HEADER, "kid": kid}))
    assert kid not in refused.value.detail
    assert refused.value.code() == "invalid_token"


def test_no_algorithm_and_no_signature_are_refused(verifier: TokenVerifier) -> None:
    for header in ({**HEADER, "alg": "none"}, HEADER, {**HEADER, "alg": "Ed25519"}):
        with pytest.raises(InvalidToken):
            verifier.verify(by_hand(header, claims()))


def test_the_public_key_is_no_shared_secret(verifier: TokenVerifier) -> None:
    signed = by_hand({**HEADER, "alg": "HS256"}, claims()).removesuffix(".")
    signature = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    with pytest.raises(InvalidToken):
        verifier.verify(f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}")


def test_another_key_under_a_known_id_is_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(access_token(key=OTHER_RSA))


def test_other_forms_than_the_compact_one_are_refused(verifier: TokenVerifier) -> None:
    token = access_token()
    first, _, last = token.split(".")
    encrypted = jwe.encrypt_compact({"alg": "RSA-OAEP", "enc": "A128GCM"}, b"{}", RSA)
    as_json = msgspec.json.encode({"payload": "e30", "signatures": []}).decode()
    for form in (
        f"{first}..{last}",
        encrypted,
        as_json,
        f"{token}.",
        token[:-4],
        token + "A" * 8192,
        "ü.ü.ü",
        "..",
        "",
    ):
        with pytest.raises(InvalidToken):
            verifier.verify(form)


def test_a_remembered_token_still_expires(verifier: TokenVerifier) -> None:
    token = access_token()
    verifier.verify(token)
    clock.travel(timedelta(minutes=10, seconds=1))
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_a_remembered_token_still_dies_with_its_session(verifier: TokenVerifier) -> None:
    session = new_id()
    token = access_token(sid=session)
    verifier.verify(token)
    verifier.revoked = frozenset({session})
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_a_remembered_token_dies_with_its_key(verifier: TokenVerifier, keys: KeySet) -> None:
    token = access_token()
    verifier.verify(token)
    keys.replace(access={"two": OTHER_RSA}, services={})
    with pytest.raises(UnknownKey):
        verifier.verify(token)


def test_a_service_asserts_itself(verifier: TokenVerifier) -> None:
    token = AssertionSigner(service="project", key=SERVICES["project"]).sign("task")
    assert verifier.verify(token) == Principal(id="project", kind="service")


def test_the_gateway_asserts_whom_it_authenticated(verifier: TokenVerifier) -> None:
    person = Principal(
        id=new_id(),
        session_id=new_id(),
        signed_in_at=clock.now(),
        scopes=frozenset({"a"}),
        project_ids=frozenset({"b"}),
    )
    assert verifier.verify(AssertionSigner(service="gateway", key=SERVICES["gateway"]).sign("task", person)) == person


@pytest.mark.parametrize(
    ("service", "audience", "signed_with", "principal"),
    [
        ("project", "auth", "project", None),  # meant for another service
        ("project", "task", "gateway", None),  # signed by another service's key
        ("project", "task", "project", Principal(id="gateway", kind="service")),  # claims to be another service
        ("project", "task", "project", Principal(id=new_id())),  # only the gateway speaks for people
        ("nobody", "task", "project", None),  # no service of this deployment
    ],
)
def test_forged_assertions_are_refused(
    verifier: TokenVerifier, service: str, audience: str, signed_with: str, principal: Principal | None
) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(AssertionSigner(service=service, key=SERVICES[signed_with]).sign(audience, principal))


def test_an_assertion_lives_for_a_minute(verifier: TokenVerifier) -> None:
    signer = AssertionSigner(service="project", key=SERVICES["project"])
    token = signer.sign("task")
    verifier.verify(token)
    clock.travel(timedelta(seconds=61))
    with pytest.raises(InvalidToken):
        verifier.verify(token)
    verifier.verify(signer.sign("task"))


def test_an_assertion_that_wants_to_live_longer_is_refused(verifier: TokenVerifier) -> None:
    now = int(clock.now().timestamp())
    header = {"alg": "Ed25519", "typ": "taskyard-assertion+jwt", "kid": "project"}
    principal = {"id": "project", "kind": "service"}
    for lifetime, issued in ((3600, now), (60, now + 3600)):
        body = {"iss": "project", "aud": "task", "iat": issued, "exp": issued + lifetime, "principal": principal}
        token = jwt.encode(header, body, SERVICES["project"], algorithms=["Ed25519"])
        with pytest.raises(InvalidToken):
            verifier.verify(token)


def test_assertions_of_one_person_with_different_rights_differ() -> None:
    signer = AssertionSigner(service="gateway", key=SERVICES["gateway"])
    narrow, wide = Principal(id="a", scopes=frozenset({"tasks:read"})), Principal(id="a")
    assert signer.sign("task", narrow) != signer.sign("task", wide)
    assert signer.sign("task", wide) == signer.sign("task", wide)


def test_the_memory_of_tokens_is_bounded(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.kit.tokens._CACHE_SIZE", 2)
    for _ in range(5):
        verifier.verify(access_token())
    assert len(verifier._cache) <= 2


def test_the_memory_of_assertions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.kit.tokens._CACHE_SIZE", 2)
    signer = AssertionSigner(service="gateway", key=SERVICES["gateway"])
    for _ in range(5):
        signer.sign("task", Principal(id=new_id()))
    assert len(signer._cache) <= 2
