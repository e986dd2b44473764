"""What there is to know of this server before speaking to it (RFC 8414, OpenID Connect Discovery, RFC 9728)."""

import msgspec
from litestar import Response, get
from msgspec import UNSET, UnsetType

from taskyard.auth.actions.oauth.scopes import KNOWN_SCOPES
from taskyard.auth.models.oauth import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN
from taskyard.auth.routes.oauth.protocol import TAGS
from taskyard.auth.routes.provided import ClientRegistrationPolicy, Issuer
from taskyard.contracts.scopes import SCOPES

_CACHED = {"Cache-Control": "public, max-age=300"}
_METHODS = ("client_secret_basic", "client_secret_post")


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization server as it describes itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    introspection_endpoint: str
    revocation_endpoint: str
    end_session_endpoint: str
    device_authorization_endpoint: str
    pushed_authorization_request_endpoint: str
    registration_endpoint: str | UnsetType = UNSET
    scopes_supported: tuple[str, ...] = tuple(KNOWN_SCOPES)
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = (
        AUTHORIZATION_CODE,
        REFRESH_TOKEN,
        CLIENT_CREDENTIALS,
        DEVICE_CODE,
    )
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (
        "none",
        *_METHODS,
    )
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = _METHODS
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = (
        "none",
        *_METHODS,
    )
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    prompt_values_supported: tuple[str, ...] = (
        "none",
        "login",
        "consent",
        "select_account",
    )
    claims_supported: tuple[str, ...] = (
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid"),
        *("name", "locale", "zoneinfo", "updated_at", "email", "email_verified"),
    )
    ui_locales_supported: tuple[str, ...] = (
        "en",
        "de",
    )
    authorization_response_iss_parameter_supported: bool = True
    claims_parameter_supported: bool = False
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = False
    """Only addresses of requests that were pushed here are followed."""


class ResourceMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The API as it describes itself."""

    resource: str
    authorization_servers: list[str]
    jwks_uri: str
    resource_name: str = "Taskyard"
    scopes_supported: tuple[str, ...] = tuple(SCOPES)
    bearer_methods_supported: tuple[str, ...] = ("header",)


@get("/.well-known/openid-configuration", tags=TAGS)
async def get_openid_configuration(
    issuer: Issuer, client_registration: ClientRegistrationPolicy
) -> Response[ServerMetadata]:
    """Where everything is and what is supported (OpenID Connect Discovery 1.0)."""
    return Response(_describe(issuer, has_registration=client_registration), headers=_CACHED)


@get("/.well-known/oauth-authorization-server", tags=TAGS)
async def get_server_metadata(
    issuer: Issuer, client_registration: ClientRegistrationPolicy
) -> Response[ServerMetadata]:
    """The same for clients of OAuth (RFC 8414)."""
    return Response(_describe(issuer, has_registration=client_registration), headers=_CACHED)


@get("/.well-known/oauth-protected-resource", tags=TAGS)
async def get_protected_resource(issuer: Issuer) -> Response[ResourceMetadata]:
    """Whose tokens the API takes, and which scopes there are (RFC 9728)."""
    metadata = ResourceMetadata(
        resource=issuer, authorization_servers=[issuer], jwks_uri=f"{issuer}/.well-known/jwks.json"
    )
    return Response(metadata, headers=_CACHED)


def _describe(issuer: str, *, has_registration: bool) -> ServerMetadata:
    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oauth/authorize",
        token_endpoint=f"{issuer}/oauth/token",
        userinfo_endpoint=f"{issuer}/oauth/userinfo",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        introspection_endpoint=f"{issuer}/oauth/introspect",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        end_session_endpoint=f"{issuer}/oauth/logout",
        device_authorization_endpoint=f"{issuer}/oauth/device_authorization",
        pushed_authorization_request_endpoint=f"{issuer}/oauth/par",
        registration_endpoint=f"{issuer}/oauth/register" if has_registration else UNSET,
    )
