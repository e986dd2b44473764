"""The database and the cache that come inside the wheels, for a start that needs nothing else."""

from taskyard.kit.embedded.folders import EmbeddedError
from taskyard.kit.embedded.postgres import EmbeddedPostgres
from taskyard.kit.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey"]
