"""The four services, each put together from the parts of a process.

A service gets its own database role, its own keys and the contracts it calls; it never learns
whether the other side of a call is an object in this process or a stand-in that speaks HTTP.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.types import ControllerRouterHandler

import taskyard
from taskyard.auth.actions.api_keys import KeyHoldersOfAuth, KeySecrets
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.letters import address_seals, letter_desk
from taskyard.auth.actions.oauth.built_in import keep_documentation_client
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.people import PeopleOfAuth
from taskyard.auth.actions.refusals import RefusalsOfAuth
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.jobs import LetterBox
from taskyard.auth.models import AddressPolicy
from taskyard.auth.pages import HANDLERS as AUTH_PAGES
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import SignInDesk, SignUps
from taskyard.auth.queries import demands as auth_demands
from taskyard.auth.routes import HANDLERS as AUTH_HANDLERS
from taskyard.composition.attachment_files import attachment_files, claim_bucket, find_owner
from taskyard.composition.process import Process
from taskyard.contracts.arrivals import Arrivals
from taskyard.contracts.credentials import KeyHolders
from taskyard.contracts.mail import InvitationMails, SecurityMails
from taskyard.contracts.people import People, Recipients
from taskyard.contracts.refusals import RefusalBook
from taskyard.kit.calls import expose, local
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.health import operational_handlers
from taskyard.kit.http import build_service
from taskyard.kit.metrics import open_deliveries, open_sign_ins
from taskyard.kit.outbound import Boundary, Outbound
from taskyard.kit.sealing import Sealer
from taskyard.kit.settings import Settings
from taskyard.notification.jobs import MailRoom
from taskyard.notification.mail.invitations import InvitationPost
from taskyard.notification.mail.links import UnsubscribeLinks
from taskyard.notification.mail.security import SecurityPost
from taskyard.notification.mail.sending import Post, post_of
from taskyard.notification.queries import demands as notification_demands
from taskyard.notification.routes import HANDLERS as NOTIFICATION_HANDLERS
from taskyard.notification.streams import EventHub
from taskyard.notification.webhooks.sender import WebhookSender
from taskyard.notification.webhooks.sending import Courier
from taskyard.project.actions.arrivals import ArrivalsOfProject
from taskyard.project.actions.invitation_links import InvitationLinks
from taskyard.project.jobs import InvitationDesk
from taskyard.project.queries import demands as project_demands
from taskyard.project.routes import HANDLERS as PROJECT_HANDLERS
from taskyard.task.actions.attachments import Shelf
from taskyard.task.queries import demands as task_demands
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.routes import HANDLERS as TASK_HANDLERS

MEGABYTE = 1024 * 1024
KEY_RELOAD_SECONDS = 30.0
_FIND_DEMAND = {
    "auth": auth_demands.find_demanding_workspace,
    "notification": notification_demands.find_demanding_workspace,
    "project": project_demands.find_demanding_workspace,
    "task": task_demands.find_demanding_workspace,
}


def build_auth(process: Process, people: People, holders: KeyHolders) -> Litestar:
    """Accounts, sign-in, sessions and keys; answers what others ask about people."""
    signing = signing_keys(process)
    process.on_start(signing.prepare)
    process.on_start(partial(keep_documentation_client, process.database("auth"), process.settings.public_url))
    process.every(KEY_RELOAD_SECONDS, "signing keys", signing.load)
    open_sign_ins()
    hasher = PasswordHasher()
    process.on_stop(hasher.close)
    public_url = process.settings.public_url
    forms = Forms(process.keys["auth"].derive("forms"), public_url=public_url)
    federation = federation_desk(process)
    party = RelyingParty(process.keys["auth"], public_url=public_url)
    sign_ups = sign_ups_of(process)
    return _build(
        process,
        "auth",
        [
            *AUTH_HANDLERS,
            *AUTH_PAGES,
            *expose("people", People, people),
            *expose("key-holders", KeyHolders, holders),
            *expose("refusals", RefusalBook, refusals_of_auth(process)),
        ],
        hasher=hasher,
        key_secrets=key_secrets(process),
        factors=FactorKeys(process.keys["auth"]),
        relying_party=party,
        signing=signing,
        issuer=public_url,
        forms=forms,
        desk=SignInDesk(forms, party, federation, sign_ups),
        federation=federation,
        revocations=process.revocations_changed,
        registration=sign_ups.policy,
        client_registration=process.settings.client_registration,
        seals=sign_ups.seals,
        verification=sign_ups.verification,
    )


def sign_ups_of(process: Process) -> SignUps:
    """Who may sign up."""
    policy, seals = AddressPolicy(process.settings.verifies_addresses), address_seals(process.keys["auth"])
    return SignUps(process.settings.registration, policy, seals)


def federation_desk(process: Process) -> FederationDesk:
    """What signing in by identity providers takes."""
    settings = process.settings
    boundary = Boundary(settings.identity_provider_allow_private)
    desk = FederationDesk(process.keys["auth"], boundary, public_url=settings.public_url)
    process.on_stop(desk.close)
    return desk


def build_project(process: Process, people: People) -> Litestar:
    """Workspaces, teams, projects and the access relation."""
    return _build(process, "project", PROJECT_HANDLERS, people=people, revocations=process.revocations_changed)


def build_task(process: Process, people: People) -> Litestar:
    """Tasks."""
    known, shelf = KnownTasks(process.database("task")), attachment_shelf(process)
    process.on_start(partial(claim_bucket, process.settings, shelf.files))
    return _build(process, "task", TASK_HANDLERS, people=people, known=known, shelf=shelf)


def attachment_shelf(process: Process) -> Shelf:
    """What the files of tasks are kept in."""
    settings = process.settings
    files = attachment_files(settings, partial(find_owner, process))
    return Shelf(files, settings.attachment_megabytes * MEGABYTE, settings.attachments_megabytes * MEGABYTE)


def build_notification(process: Process) -> Litestar:
    """The inbox, and the change log as pages and streams."""
    hub = EventHub(process.database("notification"), process.placed)
    process.background.add("event hub", hub.run)
    process.on_drain(hub.close)
    process.on_revocation(hub.look_for_revoked)
    return _build(
        process,
        "notification",
        NOTIFICATION_HANDLERS,
        hub=hub,
        links=unsubscribe_links(process),
        sealer=webhook_sealer(process),
        boundary=Boundary(process.settings.webhook_allow_private),
    )


def mail_room(process: Process) -> MailRoom:
    """What sending mail takes, where auth's part is in this process."""
    settings = process.settings
    recipients: Recipients = PeopleOfAuth(process.database("auth"))
    return MailRoom(
        database=process.database("notification"),
        people=people_of_auth(process),
        recipients=local(Recipients, recipients),
        links=unsubscribe_links(process),
        post=post_of_process(process),
        sender=settings.sender,
    )


def letter_box(process: Process) -> LetterBox:
    """What telling people about their accounts takes, where notification's part is in this process."""
    settings = process.settings
    mails: SecurityMails = SecurityPost(post_of_process(process), settings.sender)
    return LetterBox(
        database=process.database("auth"),
        desk=letter_desk(process.keys["auth"], settings.public_url),
        mails=local(SecurityMails, mails),
    )


def invitation_desk(process: Process) -> InvitationDesk:
    """What inviting by mail takes, where the parts of auth and notification are in this process."""
    settings = process.settings
    recipients: Recipients = PeopleOfAuth(process.database("auth"))
    mails: InvitationMails = InvitationPost(post_of_process(process), settings.sender)
    return InvitationDesk(
        database=process.database("project"),
        recipients=local(Recipients, recipients),
        mails=local(InvitationMails, mails),
        links=InvitationLinks(settings.public_url, process.keys["project"].derive("invitations")),
    )


def post_of_process(process: Process) -> Post:
    """How mail leaves: by the mail server that is set, or into the folder of mails."""
    return post_of(process.settings.smtp_url, mail_folder(process.settings))


def mail_folder(settings: Settings) -> Path:
    """Where mails are kept that have no server to leave by."""
    return settings.home / "mail"


def unsubscribe_links(process: Process) -> UnsubscribeLinks:
    """The links in mails, which the service that is called by them can read."""
    return UnsubscribeLinks(process.settings.public_url, process.keys["notification"].derive("unsubscribe"))


def webhook_sender(process: Process) -> WebhookSender:
    """What sending to webhooks takes."""
    outbound = Outbound(Boundary(process.settings.webhook_allow_private))
    process.on_stop(outbound.close)
    open_deliveries()
    return WebhookSender(process.database("notification"), Courier(outbound, webhook_sealer(process)))


def webhook_sealer(process: Process) -> Sealer:
    """What webhooks' secrets are sealed with."""
    return Sealer(process.keys["notification"].derive("webhook-secrets"))


def people_of_auth(process: Process) -> People:
    """What the auth service answers about people, where it is in this process."""
    implementation: People = PeopleOfAuth(process.database("auth"))
    return local(People, implementation)


def arrivals_of_project(process: Process) -> Arrivals:
    """What the project service does when a workspace comes from elsewhere, where it is in this process."""
    implementation: Arrivals = ArrivalsOfProject(process.database("project"))
    return local(Arrivals, implementation)


def key_holders_of_auth(process: Process) -> KeyHolders:
    """What the auth service answers about API keys, where it is in this process."""
    implementation: KeyHolders = KeyHoldersOfAuth(process.database("auth"), key_secrets(process))
    return local(KeyHolders, implementation)


def refusals_of_auth(process: Process) -> RefusalBook:
    """Where refused requests are kept, where auth's part is in this process."""
    implementation: RefusalBook = RefusalsOfAuth(process.database("auth"))
    return local(RefusalBook, implementation)


def key_secrets(process: Process) -> KeySecrets:
    """How API keys are made: those of a Taskyard that only its own machine can reach are for trying it out."""
    is_reachable = urlsplit(process.settings.public_url).scheme == "https"
    return KeySecrets(process.keys["auth"].derive("api-keys"), "live" if is_reachable else "test")


def signing_keys(process: Process) -> SigningKeys:
    """The keys that sign access tokens."""
    return SigningKeys(process.database("auth"), process.keys["auth"])


def _build(process: Process, service: str, handlers: Sequence[ControllerRouterHandler], **provided: object) -> Litestar:
    database = process.database(service)
    return build_service(
        title=service,
        handlers=[*handlers, *operational_handlers(database=database, version=taskyard.__version__)],
        provided={
            "database": database,
            "cursors": CursorSigner(process.keys[service].derive("cursors")),
            **provided,
        },
        find_demand=partial(find, database) if (find := _FIND_DEMAND.get(service)) else None,
    )
