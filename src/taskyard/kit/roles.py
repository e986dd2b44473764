"""The names that the database, the processes and the keys agree on: services, schemas, roles."""

SERVICES = ("auth", "project", "task", "notification")
SCHEMAS = ("log", *SERVICES)
# The gateway and the sequencer have a role and a key each, and no tables of their own.
ROLES = (*SERVICES, "gateway", "sequencer")
# Reads one workspace at a time, whatever a statement forgets to ask: for people who look after a deployment.
SUPPORT = "taskyard_support"
# Where each process of the split shape listens, counted from the gateway's port.
PORT_OFFSETS = {"gateway": 0, "auth": 1, "task": 2, "project": 3, "notification": 4}
# The worker listens, too, for its operational endpoints only: the gateway sends it nothing.
LISTENING_OFFSETS = {**PORT_OFFSETS, "worker": 5}


def role_of(service: str) -> str:
    """Name the database role a service connects as."""
    return f"taskyard_{service}"


def bounded_role_of(service: str) -> str:
    """Name the role that a service takes on where a forgotten predicate must show it one workspace only."""
    return f"{role_of(service)}_bounded"


def schema_of(service: str) -> str:
    """Name the schema a role finds its unqualified tables in."""
    return "log" if service == "sequencer" else service
