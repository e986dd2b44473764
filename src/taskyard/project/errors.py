"""How the project service says no, beyond what every service says."""

from taskyard.kit.problems import Conflict


class SlugTaken(Conflict):
    """Another workspace has this slug."""


class KeyTaken(Conflict):
    """Another project of this workspace has this key."""


class NameTaken(Conflict):
    """Another team of this workspace has this name."""


class AlreadyMember(Conflict):
    """The member is there already."""


class AlreadyInvited(Conflict):
    """The address has an open invitation to the workspace."""


class LastOwner(Conflict):
    """A workspace needs an owner; make somebody else one first."""
