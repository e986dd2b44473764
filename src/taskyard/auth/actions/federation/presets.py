"""What is known of well-known providers, so that nobody has to look it up."""

import msgspec

from taskyard.auth.models.federation import ProviderKind
from taskyard.kit.problems import invalid


class Preset(msgspec.Struct, frozen=True):
    """What a kind of provider is, unless something else is said."""

    issuer: str | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    group_claim: str | None = None


PRESETS: dict[ProviderKind, Preset] = {
    "openid": Preset(),
    "google": Preset(issuer="https://accounts.google.com"),
    "microsoft": Preset(group_claim="groups"),  # https://login.microsoftonline.com/<tenant>/v2.0
    "gitlab": Preset(issuer="https://gitlab.com", group_claim="groups_direct"),
    "keycloak": Preset(group_claim="groups"),  # https://<host>/realms/<realm>
}


def issuer_of(kind: ProviderKind, issuer: str | None) -> str:
    """The issuer that is meant. Raises InvalidInput where it has to be said."""
    found = issuer or PRESETS[kind].issuer
    if found is None:
        raise invalid("/issuer", "This kind of provider has an issuer of your own, which must be given.")
    return found
