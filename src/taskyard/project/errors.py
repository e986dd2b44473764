"""How the project service says no, beyond what every service says."""

from taskyard.kit.problems import Conflict


class SlugTaken(Conflict):
    """Another workspace has this slug."""


class KeyTaken(Conflict):
    """Another of its kind has this key."""


class NameTaken(Conflict):
    """Another of its kind has this name."""


class AlreadyMember(Conflict):
    """The member is there already."""


class AlreadyInvited(Conflict):
    """The address has an open invitation to the workspace."""


class LastOwner(Conflict):
    """A workspace needs an owner; make somebody else one first."""


class IterationActive(Conflict):
    """Another iteration of the project is under way."""


class IterationNotPlanned(Conflict):
    """The iteration has been started already."""


class IterationNotActive(Conflict):
    """The iteration is not under way."""


class TooMany(Conflict):
    """There are as many of these as there can be."""


class TooManyTasks(Conflict):
    """One job works on at most so many tasks."""


class TooManyCopies(Conflict):
    """The workspace has as many projects under way whose tasks are copied as it can have."""


class BuiltInRole(Conflict):
    """A built-in role stays as it is; make one of your own."""


class RoleGiven(Conflict):
    """Somebody has this role; give them another one first."""
