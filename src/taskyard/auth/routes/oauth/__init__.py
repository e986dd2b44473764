"""The endpoints that OAuth clients call, and the clients of people; what a person sees is in pages."""

from litestar.handlers import HTTPRouteHandler

from taskyard.auth.routes.oauth.clients import (
    create_oauth_client,
    delete_oauth_client,
    get_oauth_client,
    list_oauth_clients,
    rotate_oauth_client_secret,
    update_oauth_client,
)
from taskyard.auth.routes.oauth.devices import authorize_device
from taskyard.auth.routes.oauth.metadata import get_openid_configuration, get_protected_resource, get_server_metadata
from taskyard.auth.routes.oauth.pushed_requests import push_authorization_request
from taskyard.auth.routes.oauth.registration import register_oauth_client
from taskyard.auth.routes.oauth.token import get_tokens
from taskyard.auth.routes.oauth.token_worth import introspect_token, revoke_token
from taskyard.auth.routes.oauth.userinfo import get_userinfo, post_userinfo

HANDLERS: list[HTTPRouteHandler] = [
    get_openid_configuration,
    get_server_metadata,
    get_protected_resource,
    get_tokens,
    authorize_device,
    push_authorization_request,
    introspect_token,
    revoke_token,
    get_userinfo,
    post_userinfo,
    register_oauth_client,
    list_oauth_clients,
    create_oauth_client,
    get_oauth_client,
    update_oauth_client,
    delete_oauth_client,
    rotate_oauth_client_secret,
]
