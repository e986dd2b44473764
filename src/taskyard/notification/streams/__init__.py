"""Open event streams: one reader of the log per process feeds them, each within fixed bounds."""

from taskyard.notification.streams.following import Follower
from taskyard.notification.streams.hub import EventHub

__all__ = ["EventHub", "Follower"]
