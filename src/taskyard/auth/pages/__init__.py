"""What a browser shows a person: signing in and out, and what they allow to other programs."""

from litestar.handlers import HTTPRouteHandler

from taskyard.auth.pages.links import set_password, show_reset_password, show_verify_address, verify_address
from taskyard.auth.pages.sign_in import show_sign_in, sign_in
from taskyard.auth.pages.sign_out import show_sign_out, sign_out

HANDLERS: list[HTTPRouteHandler] = [
    show_sign_in,
    sign_in,
    show_sign_out,
    sign_out,
    show_verify_address,
    verify_address,
    show_reset_password,
    set_password,
]
