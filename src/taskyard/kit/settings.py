"""Settings: everything a deployment can change, read once at the start and checked before anything runs.

One table says each setting's name, default and meaning; the example file, the check and the errors come from it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from taskyard.kit.roles import LISTENING_OFFSETS, PORT_OFFSETS, ROLES
from taskyard.kit.setting_values import (
    FLAG,
    FOLDER,
    MAIL_SERVER,
    MAILBOX,
    NETWORKS,
    PAIRS,
    PORT,
    POSTGRES,
    RECIPIENT,
    REDIS,
    REPORTS,
    TEXT,
    WEB,
    Kind,
    Network,
    is_loopback,
    one_of,
    whole_number,
)

PREFIX = "TASKYARD_"


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it, shows it and says what is expected."""


class Setting(msgspec.Struct, frozen=True):
    """One row of the table: a variable, what it defaults to and what it is for."""

    name: str
    kind: Kind
    default: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """Name the environment variable."""
        return PREFIX + self.name.upper()

    def shown(self, text: str) -> str:
        """Give a value the way it may be printed."""
        if not text or not self.secret:
            return text or "(none)"
        return "(hidden)"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process, typed and checked."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    database_url: str | None = None
    redis_url: str | None = None
    public_url: str
    trusted_proxies: tuple[Network, ...] = ()
    allow_plain_http: bool = False
    master_key_file: Path | None = None
    service_key: str | None = None
    service_key_file: Path | None = None
    service_keys: dict[str, str] = {}
    limits_enforced: bool = True
    registration: Literal["open", "invite", "closed"] = "open"
    client_registration: bool = True
    email_verification: Literal["auto", "on", "off"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_file: Path | None = None
    log_file_megabytes: int = 50
    log_files_kept: int = 5
    smtp_url: str | None = None
    mail_from: str | None = None
    sentry_dsn: str | None = None
    environment: str = "production"
    webhook_allow_private: tuple[Network, ...] = ()
    identity_provider_allow_private: tuple[Network, ...] = ()
    pool_size: int = 8
    backup_folder: Path | None = None
    backup_recipient: str | None = None
    backup_keep: int = 7
    attachments: Literal["auto", "on", "off"] = "auto"
    attachment_megabytes: int = 25
    attachments_megabytes: int = 10_000
    service_database_urls: dict[str, str] = {}
    service_urls: dict[str, str] = {}

    @property
    def sender(self) -> str:
        """Say who mail is from."""
        return self.mail_from or f"Taskyard <taskyard@{urlsplit(self.public_url).hostname}>"

    @property
    def verifies_addresses(self) -> bool:
        """Say whether an address must be proved before its account can be signed in to."""
        return self.email_verification == "on" or (self.email_verification == "auto" and self.smtp_url is not None)

    @property
    def master_key_path(self) -> Path:
        """Say where the master key is: the file that was set, or the one in the state folder."""
        return self.master_key_file or self.home / "master.key"

    def listening_port(self, service: str) -> int:
        """Say where a process of the split shape listens."""
        return self.port + LISTENING_OFFSETS[service]


TABLE: tuple[Setting, ...] = (
    Setting("home", FOLDER, "~/.taskyard", "The one folder that holds all state: database, keys, logs."),
    Setting("port", PORT, "3000", "The port of the gateway; split services listen on the five ports after it."),
    Setting("host", TEXT, "127.0.0.1", "The address to listen on; 0.0.0.0 for every network interface."),
    Setting("public_url", WEB, "", "The address people use, for links and cookies (default http://localhost:<port>)."),
    Setting("allow_plain_http", FLAG, "false", "Allow a public address without TLS (only behind a private network)."),
    Setting("trusted_proxies", NETWORKS, "", "Networks whose X-Forwarded-* headers are believed."),
    Setting("database_url", POSTGRES, "", "An external PostgreSQL 14-18, as its owner; empty: embedded.", secret=True),
    Setting(
        "redis_url", REDIS, "", "An external Redis 7 or Valkey 8-9, or its sentinels; empty: embedded.", secret=True
    ),
    Setting("pool_size", whole_number(1, 200), "8", "The most database connections each service opens per process."),
    Setting("master_key_file", FOLDER, "", "The file with the master key (default <home>/master.key)."),
    Setting(
        "service_key", TEXT, "", "For `serve`: this service's own key as base64, instead of a master key.", secret=True
    ),
    Setting("service_key_file", FOLDER, "", "For `serve`: a file that holds this service's own key."),
    Setting(
        "service_keys", PAIRS, "", "For `worker`: the keys it works with, as auth=<base64>,task=<base64>.", secret=True
    ),
    Setting(
        "registration", one_of("open", "invite", "closed"), "open", "Who may sign up: anybody, the invited, nobody."
    ),
    Setting("client_registration", FLAG, "on", "Let OAuth clients register themselves (RFC 7591)."),
    Setting(
        "email_verification",
        one_of("auto", "on", "off"),
        "auto",
        "Whether new accounts must prove their address by a mailed link; auto: where a mail server is set.",
    ),
    Setting("limits", FLAG, "on", "Refuse requests over the rate limits; off only counts them (for benchmarks)."),
    Setting("log_level", one_of("debug", "info", "warning", "error"), "info", "The least serious log lines to write."),
    Setting("log_file", FOLDER, "", "Write logs to this file instead of the standard error output."),
    Setting(
        "log_file_megabytes",
        whole_number(0, 100_000),
        "50",
        "The size at which the log file is put aside as <file>.1 and a new one begun; 0 never does.",
    ),
    Setting("log_files_kept", whole_number(1, 1000), "5", "How many log files that were put aside are kept."),
    Setting(
        "backup_folder", FOLDER, "", "Where backups of the embedded database go, best on another disk; empty: nowhere."
    ),
    Setting("backup_recipient", RECIPIENT, "", "The public key (age1...) that backups are encrypted for."),
    Setting("backup_keep", whole_number(1, 10_000), "7", "How many full backups are kept, with the log after them."),
    Setting("smtp_url", MAIL_SERVER, "", "The mail server; empty: mails become files in <home>/mail.", secret=True),
    Setting("mail_from", MAILBOX, "", "Who mail is from (default Taskyard <taskyard@host of the public address>)."),
    Setting(
        "webhook_allow_private",
        NETWORKS,
        "",
        "Private networks that webhooks may reach, as 10.1.0.0/16,127.0.0.1; empty: none, and only https.",
    ),
    Setting(
        "identity_provider_allow_private",
        NETWORKS,
        "",
        "Private networks in which identity providers may be, as 10.1.0.0/16; empty: none, and only https.",
    ),
    Setting("attachments", one_of("auto", "on", "off"), "auto", "Take files; auto: where all runs on one machine."),
    Setting("attachment_megabytes", whole_number(1, 1000), "25", "The most megabytes of one file."),
    Setting("attachments_megabytes", whole_number(1, 10**9), "10000", "The most megabytes of a workspace's files."),
    Setting("sentry_dsn", REPORTS, "", "Report errors to this Sentry-compatible server; empty: nobody.", secret=True),
    Setting("environment", TEXT, "production", "What error reports call this deployment."),
    *(
        Setting(
            f"{service}_database_url",
            POSTGRES,
            "",
            f"The database as {service} sees it (`up` derives it).",
            secret=True,
        )
        for service in ROLES
    ),
    *(
        Setting(
            f"{service}_url",
            WEB,
            "",
            f"Where {service} is in the split shape (default http://127.0.0.1:<port + {offset}>).",
        )
        for service, offset in PORT_OFFSETS.items()
        if offset
    ),
)


def load_settings(environ: Mapping[str, str], dotenv: Path | None = Path(".env")) -> Settings:
    """Read and check all settings; raises SettingsError with one clear line."""
    return parse_settings(read_environment(environ, dotenv))


def read_environment(environ: Mapping[str, str], dotenv: Path | None = Path(".env")) -> dict[str, str]:
    """Collect our variables from the .env file and the environment, which wins; raises SettingsError."""
    texts = _read_dotenv(dotenv) if dotenv is not None else {}
    texts |= {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    known = {setting.variable for setting in TABLE}
    for name in sorted(texts):
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(f"{name} is not a setting of Taskyard (`taskyard check-config` lists them all)")
    return {name: value.strip() for name, value in texts.items() if name in known and value.strip()}


def parse_settings(texts: Mapping[str, str]) -> Settings:
    """Turn the collected texts into checked settings; raises SettingsError."""
    values = {setting.name: _parse(setting, texts.get(setting.variable, setting.default)) for setting in TABLE}
    databases = {service: values.pop(f"{service}_database_url") for service in ROLES}
    addresses = {service: values.pop(f"{service}_url") for service, offset in PORT_OFFSETS.items() if offset}
    port = values["port"]
    values["limits_enforced"] = values.pop("limits")
    values["public_url"] = values["public_url"] or f"http://localhost:{port}"
    settings = Settings(
        **{name: value for name, value in values.items() if value is not None},
        service_database_urls={service: url for service, url in databases.items() if url},
        service_urls={
            service: url or f"http://127.0.0.1:{port + PORT_OFFSETS[service]}" for service, url in addresses.items()
        },
    )
    _refuse_plain_http(settings)
    return settings


def describe(texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """List every setting as (variable, printable value, meaning), secrets hidden."""
    return [
        (setting.variable, setting.shown(texts.get(setting.variable, setting.default)), setting.meaning)
        for setting in TABLE
    ]


def example_file() -> str:
    """Write the example file: every setting with its default and meaning, commented out."""
    blocks = (f"# {setting.meaning}\n#{setting.variable}={setting.default}\n" for setting in TABLE)
    head = "# Every setting of Taskyard with its default. Copy to .env and uncomment what you change;\n"
    return head + "# a variable of the environment wins over this file.\n\n" + "\n".join(blocks)


def _parse(setting: Setting, text: str) -> Any:
    if not text:
        return {} if setting.kind is PAIRS else () if setting.kind is NETWORKS else None
    try:
        return setting.kind.parse(text)
    except ValueError as error:
        raise SettingsError(f"{setting.variable}={setting.shown(text)}: expected {setting.kind.expected}") from error


def _refuse_plain_http(settings: Settings) -> None:
    parts = urlsplit(settings.public_url)
    if parts.scheme == "https" or settings.allow_plain_http or is_loopback(parts.hostname or ""):
        return
    raise SettingsError(
        f"TASKYARD_PUBLIC_URL={settings.public_url}: expected https: beyond this machine passwords would travel "
        "in the open (TASKYARD_ALLOW_PLAIN_HTTP=true allows it)"
    )


def _read_dotenv(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    return dict(_read_line(path, number, line) for number, line in enumerate(lines, 1) if _is_assignment(line))


def _is_assignment(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _read_line(path: Path, number: int, line: str) -> tuple[str, str]:
    name, equals, value = line.strip().removeprefix("export ").partition("=")
    if not equals or not name.strip().isidentifier():
        raise SettingsError(f"{path} line {number}: expected NAME=value")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return name.strip(), value[1:-1]
    return name.strip(), value.partition(" #")[0].strip()
