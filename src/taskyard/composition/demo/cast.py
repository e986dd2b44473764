"""Who is in the demo: an invented company, its people, teams and projects. Nobody of these names is meant."""

import msgspec

COMPANY = "Kestrel Lane Bikes"
SLUG = "kestrel-lane"


class Actor(msgspec.Struct, frozen=True):
    """A person of the demo; ``nick`` is what plans and remarks call them, ``starts_at`` the hour (UTC) they begin."""

    nick: str
    name: str
    role: str
    starts_at: float
    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    """The projects they work in."""
    listens_to: tuple[str, ...] = ()
    """The projects in which they only comment."""

    def email(self, slug: str) -> str:
        """Their address, which no mail reaches (RFC 2606)."""
        return f"{self.nick}@{slug}.example.com"


class Undertaking(msgspec.Struct, frozen=True):
    """A project of the demo; ``share`` is its part of all tasks."""

    key: str
    name: str
    description: str
    lead: str
    share: float
    visibility: str = "workspace"


ACTORS = (
    Actor("mara", "Mara Lindqvist", "owner", 7.5, projects=("OPS",), listens_to=("WEB",)),
    Actor("tomasz", "Tomasz Wrona", "admin", 7.0, ("Shop",), ("OPS", "WEB")),
    Actor("adaeze", "Adaeze Nwosu", "member", 8.0, ("Shop",), ("WEB",)),
    Actor("ravi", "Ravi Menon", "member", 8.5, ("Shop", "App"), ("WEB", "MOB")),
    Actor("ines", "Inês Cardoso", "member", 9.0, ("App",), ("MOB",)),
    Actor("jonas", "Jonas Ebner", "member", 6.5, ("Workshop",), ("OPS",)),
    Actor("leila", "Leïla Hamdani", "member", 7.0, ("Workshop",), ("OPS",)),
    Actor("kenji", "Kenji Sudo", "member", 8.0, ("App",), ("MOB", "WEB")),
    Actor("sofie", "Sofie Brandt", "member", 7.5, ("Shop",), ("WEB", "OPS")),
    Actor("piotr", "Piotr Zalewski", "viewer", 8.0),
    Actor("nadia", "Nadia Osei", "guest", 9.0, listens_to=("WEB",)),
    Actor("emil", "Emil Farkas", "guest", 9.5, listens_to=("OPS", "MOB")),
)

TEAMS = {"Workshop": ("OPS",), "Shop": ("WEB",), "App": ("MOB",)}
"""Teams, and the projects in which each has a role of its own."""

PROJECTS = (
    Undertaking("OPS", "Workshop and stations", "Repairs, spare parts and the forty rental stations.", "jonas", 0.35),
    Undertaking("WEB", "Online shop", "The shop, its checkout and everything customers read.", "tomasz", 0.4),
    Undertaking("MOB", "Rider app", "Renting a bike by phone. Private until the launch.", "ines", 0.25, "private"),
)
