"""The HTTP door of the notification service."""

from litestar.types import ControllerRouterHandler

from taskyard.notification.routes.deliveries import HANDLERS as DELIVERIES
from taskyard.notification.routes.event_stream import stream_events
from taskyard.notification.routes.events import list_events
from taskyard.notification.routes.mutes import HANDLERS as MUTES
from taskyard.notification.routes.notifications import HANDLERS as NOTIFICATIONS
from taskyard.notification.routes.preferences import HANDLERS as PREFERENCES
from taskyard.notification.routes.socket import open_socket
from taskyard.notification.routes.unsubscribe import HANDLERS as UNSUBSCRIBE
from taskyard.notification.routes.webhooks import HANDLERS as WEBHOOKS

HANDLERS: list[ControllerRouterHandler] = [
    *NOTIFICATIONS,
    *MUTES,
    *PREFERENCES,
    *UNSUBSCRIBE,
    *WEBHOOKS,
    *DELIVERIES,
    list_events,
    stream_events,
    open_socket,
]
