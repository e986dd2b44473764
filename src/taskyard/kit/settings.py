"""Settings: everything a deployment can change, read once at the start and checked before anything runs.

One table says each setting's name, default and meaning; the example file, the check and the errors come from it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from taskyard.kit.roles import LISTENING_OFFSETS, PORT_OFFSETS, ROLES
from taskyard.kit.setting_table import PREFIX, TABLE, Setting
from taskyard.kit.setting_values import NETWORKS, ORIGINS, PAIRS, Network, is_loopback


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it, shows it and says what is expected."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process, typed and checked."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    database_url: str | None = None
    redis_url: str | None = None
    public_url: str
    trusted_proxies: tuple[Network, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    allow_plain_http: bool = False
    master_key_file: Path | None = None
    service_key: str | None = None
    service_key_file: Path | None = None
    service_keys: dict[str, str] = {}
    limits_enforced: bool = True
    limits_file: Path | None = None
    canary_file: Path | None = None
    requests_at_once: int = 64
    compression: Literal["auto", "on", "off"] = "auto"
    maintenance_file: Path | None = None
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
    leave_seconds: int = 3
    backup_folder: Path | None = None
    backup_recipient: str | None = None
    backup_keep: int = 7
    attachments: Literal["auto", "on", "off", "s3"] = "auto"
    attachment_megabytes: int = 25
    attachments_megabytes: int = 10_000
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    s3_region: str = "us-east-1"
    s3_prefix: str = "taskyard"
    s3_access_key: str | None = None
    s3_secret_key_file: Path | None = None
    service_database_urls: dict[str, str] = {}
    service_urls: dict[str, tuple[str, ...]] = {}
    """Every address of each service."""

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

    @property
    def compresses(self) -> bool:
        """Say whether long answers are compressed: on one machine that costs time and saves none."""
        return self.compression == "on" or (
            self.compression == "auto" and not is_loopback(urlsplit(self.public_url).hostname or "")
        )

    @property
    def maintenance_path(self) -> Path:
        """Say where it says what is closed: the file that was set, or the one in the state folder."""
        return self.maintenance_file or self.home / "maintenance.toml"

    def listening_port(self, service: str) -> int:
        """Say where a process of the split shape listens."""
        return self.port + LISTENING_OFFSETS[service]


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
            service: urls or (f"http://127.0.0.1:{port + PORT_OFFSETS[service]}",)
            for service, urls in addresses.items()
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
        return {} if setting.kind is PAIRS else () if setting.kind in (NETWORKS, ORIGINS) else None
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
