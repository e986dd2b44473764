"""The HTTP door of the notification service."""

from litestar.types import ControllerRouterHandler

from taskyard.notification.routes.event_stream import stream_events
from taskyard.notification.routes.events import list_events
from taskyard.notification.routes.notifications import list_notifications, read_all_notifications, read_notification
from taskyard.notification.routes.socket import open_socket

HANDLERS: list[ControllerRouterHandler] = [
    list_notifications,
    read_notification,
    read_all_notifications,
    list_events,
    stream_events,
    open_socket,
]
