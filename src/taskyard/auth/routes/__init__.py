"""The HTTP door of the auth service, one file per noun."""

from litestar.handlers import HTTPRouteHandler

from taskyard.auth.routes import (
    api_keys,
    audit,
    client_bindings,
    federated,
    group_roles,
    identities,
    identity_providers,
    passkey_sign_in,
    passkeys,
    program_keys,
)
from taskyard.auth.routes.addresses import ask_to_verify_email, change_email, verify_email
from taskyard.auth.routes.keys import get_key_set
from taskyard.auth.routes.oauth import HANDLERS as OAUTH_HANDLERS
from taskyard.auth.routes.passwords import change, forgot, reset
from taskyard.auth.routes.profile import get_me, update_me
from taskyard.auth.routes.registration import register
from taskyard.auth.routes.second_factors import (
    begin_totp,
    confirm_totp,
    create_recovery_codes,
    delete_totp,
    get_second_factors,
)
from taskyard.auth.routes.second_step import login_by_recovery_code, login_by_totp
from taskyard.auth.routes.sessions import delete_all_sessions, delete_session, list_sessions, logout
from taskyard.auth.routes.sign_in import login, refresh
from taskyard.auth.routes.users import (
    delete_me,
    delete_user,
    disable_user,
    enable_user,
    get_user,
    list_users,
    reset_second_factors,
)

HANDLERS: list[HTTPRouteHandler] = [
    register,
    login,
    login_by_totp,
    login_by_recovery_code,
    refresh,
    logout,
    get_me,
    update_me,
    change_email,
    ask_to_verify_email,
    verify_email,
    forgot,
    reset,
    change,
    get_second_factors,
    begin_totp,
    confirm_totp,
    delete_totp,
    create_recovery_codes,
    list_sessions,
    delete_session,
    delete_all_sessions,
    get_key_set,
    list_users,
    get_user,
    disable_user,
    enable_user,
    reset_second_factors,
    delete_user,
    delete_me,
    *api_keys.HANDLERS,
    *program_keys.HANDLERS,
    *client_bindings.HANDLERS,
    *audit.HANDLERS,
    *passkeys.HANDLERS,
    *passkey_sign_in.HANDLERS,
    *identity_providers.HANDLERS,
    *federated.HANDLERS,
    *group_roles.HANDLERS,
    *identities.HANDLERS,
    *OAUTH_HANDLERS,
]
