"""The HTTP door of the auth service, one file per noun."""

from litestar.handlers import HTTPRouteHandler

from taskyard.auth.routes import api_keys
from taskyard.auth.routes.keys import get_key_set
from taskyard.auth.routes.profile import get_me, update_me
from taskyard.auth.routes.registration import register
from taskyard.auth.routes.sessions import delete_all_sessions, delete_session, list_sessions, logout
from taskyard.auth.routes.sign_in import login, refresh

HANDLERS: list[HTTPRouteHandler] = [
    register,
    login,
    refresh,
    logout,
    get_me,
    update_me,
    list_sessions,
    delete_session,
    delete_all_sessions,
    get_key_set,
    *api_keys.HANDLERS,
]
