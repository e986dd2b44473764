"""A scene at a Taskyard whose state folder is ours: where mails are read and links are made."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from taskyard.kit.keys import Keys, load_master_key, service_key
from taskyard.notification.mail.links import UnsubscribeLinks
from tests.journeys.administrators import grant
from tests.journeys.mailbox import token_to
from tests.journeys.people import Someone
from tests.journeys.recipes.scene import Scene
from tests.journeys.stack import Stack

AnyScene = TypeVar("AnyScene", bound=Scene)


def set_scene(stack: Stack, register: Callable[..., Someone], kind: type[AnyScene]) -> AnyScene:
    """Everything that recipes need, with people made by ``register``."""
    key = Keys(service_key(load_master_key(stack.home / "master.key"), "notification"))
    links = UnsubscribeLinks(stack.url, key.derive("unsubscribe"))
    return kind(
        register,
        lambda person_id: links.make(person_id).partition("token=")[2],
        partial(token_to, stack.home),
        partial(grant, stack.home),
    )
