"""How the text of a setting becomes a value, and what each kind of setting expects.

A parser raises ValueError; the settings table turns that into one line for a person.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from taskyard.kit.redis_address import is_sentinel, parse_sentinel_address

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK_NAMES = frozenset({"localhost", "ip6-localhost"})


class Kind(NamedTuple):
    """One kind of value: how to read it and what to say when that fails."""

    parse: Callable[[str], Any]
    expected: str


def parse_flag(text: str) -> bool:
    """Read yes or no in the spellings people use."""
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read a list of addresses and networks, separated by commas."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def parse_origins(text: str) -> tuple[str, ...]:
    """Read a list of origins as browsers write them, no path or default port, lower case; http for loopback alone."""
    return tuple(_origin(part.strip()) for part in text.split(",") if part.strip())


def _origin(text: str) -> str:
    parts = urlsplit(text)
    port = "" if parts.port in {None, {"https": 443, "http": 80}.get(parts.scheme)} else f":{parts.port}"
    host = parts.hostname or ""
    bare = f"[{host}]" if ":" in host else host
    if text != f"{parts.scheme}://{bare}{port}" or not text.isascii() or not host or "*" in host:
        raise ValueError(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(text)
    return text


def parse_pairs(text: str) -> dict[str, str]:
    """Read ``name=value`` pairs separated by commas."""
    pairs = (part.strip().partition("=") for part in text.split(",") if part.strip())
    values = {name: value for name, _, value in pairs}
    if not all(values.values()):
        raise ValueError(text)
    return values


def is_loopback(host: str) -> bool:
    """Say whether a host name or address never leaves this machine."""
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def one_of(*words: str) -> Kind:
    """Make the kind of a setting that is one of a few words."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return text.lower()

    return Kind(parse, "one of " + ", ".join(words))


def whole_number(least: int, most: int) -> Kind:
    """Make the kind of a setting that counts."""

    def parse(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return Kind(parse, f"a whole number from {least} to {most}")


def matching(pattern: str) -> Callable[[str], str]:
    """Make what reads a text of a certain form."""

    def parse(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(text)
        return text

    return parse


def address(*schemes: str) -> Kind:
    """Make the kind of a setting that is a URL with one of the given schemes."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        _ = parts.port  # reading the port is what checks it
        if parts.scheme not in schemes or not (parts.netloc or parts.path or parts.query):
            raise ValueError(text)
        if parts.scheme in {"http", "https"} and not parts.hostname:
            raise ValueError(text)
        return text.rstrip("/") if parts.scheme in {"http", "https"} else text

    return Kind(parse, "a URL that starts with " + " or ".join(f"{scheme}:" for scheme in schemes))


def parse_web_addresses(text: str) -> tuple[str, ...]:
    """Read one or several URLs of the same service, separated by commas."""
    found = tuple(WEB.parse(part.strip()) for part in text.split(",") if part.strip())
    if not found or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def parse_report_address(text: str) -> str:
    """Check the address of a Sentry-compatible server, its DSN: https://<key>@<host>/<project>."""
    parts = urlsplit(WEB.parse(text))
    if not parts.username or not parts.path.rpartition("/")[2].isdigit():
        raise ValueError(text)
    return text


def parse_redis(text: str) -> str:
    """Read the address of a Redis server, or those of its sentinels."""
    if is_sentinel(text):
        parse_sentinel_address(text)
        return text
    return str(address("redis", "rediss", "unix").parse(text))


def parse_recipient(text: str) -> str:
    """Read a public key of age."""
    from taskyard.kit.backup.age import check_recipient  # noqa: PLC0415 - loaded where backups are set up

    return check_recipient(text)


def parse_mailbox(text: str) -> str:
    """Read who mail is from: an address, with or without a name before it."""
    from email.headerregistry import Address  # noqa: PLC0415 - loaded where mail is set up
    from email.utils import parseaddr  # noqa: PLC0415 - as above

    name, spec = parseaddr(text)
    if not Address(name, addr_spec=spec).domain:
        raise ValueError(text)
    return text


def parse_mail_server(text: str) -> str:
    """Read the address of a mail server."""
    if not urlsplit(text).hostname:
        raise ValueError(text)
    return str(address("smtp", "smtps").parse(text))


FLAG = Kind(parse_flag, "true or false")
TEXT = Kind(str, "text")
FOLDER = Kind(lambda text: Path(text).expanduser().absolute(), "a path")
NETWORKS = Kind(parse_networks, "addresses or networks such as 10.0.0.0/8, separated by commas")
ORIGINS = Kind(parse_origins, "exact origins such as https://app.example, separated by commas")
PAIRS = Kind(parse_pairs, "pairs such as auth=<key>, separated by commas")
POSTGRES = address("postgresql", "postgres")
REDIS = Kind(
    parse_redis,
    "a URL that starts with redis: or rediss: or unix:, or redis+sentinel://:password@host:port,host:port/name",
)
WEB = address("http", "https")
WEBS = Kind(parse_web_addresses, "different URLs that start with http: or https:, separated by commas")
REPORTS = Kind(parse_report_address, "a DSN such as https://<key>@<host>/<project number>")
MAIL_SERVER = Kind(parse_mail_server, "smtp://user:password@host:587 or smtps://user:password@host:465")
MAILBOX = Kind(parse_mailbox, "an address such as Taskyard <taskyard@example.com>")
BUCKET = Kind(matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "the name of a bucket")
PATH_PART = Kind(
    matching(r"(?!(.*/)?\.\.?(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*"),
    "letters, digits and ._- with / between them, without . and .. alone",
)
PORT = whole_number(1, 65_535)
RECIPIENT = Kind(parse_recipient, "a public key such as age1..., as `taskyard backup key` makes it")
