"""How the notification service says no."""

from taskyard.kit.problems import Conflict, NotFound, Problem, TooManyRequests


class EpochChanged(Problem):
    """The log no longer has the place you named; read the present state and go on from where it ends now."""

    status = 410


class TooManyStreams(TooManyRequests):
    """You have as many open event streams as one person may have."""


class NoSuchProject(NotFound):
    """None of the projects you name is one that you can see."""


class TooManyWebhooks(Conflict):
    """The workspace has as many webhooks as it may have."""


class WebhookNotActive(Conflict):
    """The webhook is paused or disabled; resume it first."""
