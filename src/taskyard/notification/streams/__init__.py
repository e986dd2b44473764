"""Open streams of events: one reader of the log per process feeds them, each within fixed bounds."""

from taskyard.notification.streams.following import Follower, Sink
from taskyard.notification.streams.hub import EventHub

__all__ = ["EventHub", "Follower", "Sink"]
