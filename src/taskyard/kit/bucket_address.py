"""Where a bucket of an S3-compatible store is."""

import msgspec


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket is, and what it is opened with; ``prefix`` begins the names of all that is ours."""

    endpoint: str
    name: str
    region: str
    prefix: str
    access_key: str
    secret_key: str
