"""What a browser shows a person: signing in and out, and what they allow to other programs."""

from litestar.handlers import HTTPRouteHandler

from taskyard.auth.pages.authorize import authorize, authorize_by_form, decide
from taskyard.auth.pages.device import ask_for_device, decide_device, show_device
from taskyard.auth.pages.federated import come_back, go_to_provider
from taskyard.auth.pages.identities import begin_link, show_identities, unlink
from taskyard.auth.pages.links import set_password, show_reset_password, show_verify_address, verify_address
from taskyard.auth.pages.logout import log_out, show_logout
from taskyard.auth.pages.passkey import sign_in_by_passkey
from taskyard.auth.pages.passkeys import add_passkey, show_passkeys
from taskyard.auth.pages.second_step import take_second_step
from taskyard.auth.pages.sign_in import show_sign_in, sign_in
from taskyard.auth.pages.sign_out import show_sign_out, sign_out
from taskyard.auth.pages.sign_up import show_sign_up, sign_up

HANDLERS: list[HTTPRouteHandler] = [
    show_sign_in,
    sign_in,
    show_sign_up,
    sign_up,
    take_second_step,
    sign_in_by_passkey,
    show_passkeys,
    add_passkey,
    go_to_provider,
    come_back,
    show_identities,
    begin_link,
    unlink,
    show_sign_out,
    sign_out,
    authorize,
    authorize_by_form,
    decide,
    show_device,
    ask_for_device,
    decide_device,
    show_logout,
    log_out,
    show_verify_address,
    verify_address,
    show_reset_password,
    set_password,
]
