"""Whether files of tasks are kept: in a folder of the one machine that everything runs on, in a bucket, or nowhere."""

from itertools import chain
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from taskyard.kit.bucket_address import Bucket
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.setting_values import is_loopback
from taskyard.kit.settings import Settings, SettingsError


def check_attachments(settings: Settings) -> None:
    """Refuse to keep files in a folder that not every process can see. Raises SettingsError."""
    if settings.attachments != "on":
        return
    for service, urls in settings.service_urls.items():
        if not all(map(is_here, urls)):
            raise SettingsError(
                f"{PREFIX}ATTACHMENTS=on: expected auto or off, because files are kept in a folder of one machine "
                f"and {service} is on another ({PREFIX}{service.upper()}_URL={','.join(urls)})"
            )


def keeps_attachments(settings: Settings) -> bool:
    """Whether files are taken: where it was not said, only if neither a service nor the database is elsewhere."""
    check_attachments(settings)
    if settings.attachments != "auto":
        return settings.attachments != "off"
    databases = [settings.database_url or "", *settings.service_database_urls.values()]
    services = chain.from_iterable(settings.service_urls.values())
    return all(map(is_here, [*services, *filter(None, databases)]))


def bucket_of(settings: Settings) -> Bucket:
    """The bucket that the settings name, with the key that opens it. Raises SettingsError."""
    endpoint = _required(settings, "s3_endpoint")
    if urlsplit(endpoint).scheme != "https" and not is_loopback(urlsplit(endpoint).hostname or ""):
        raise SettingsError(
            f"{PREFIX}S3_ENDPOINT={endpoint}: expected https: beyond this machine files would travel in the open"
        )
    return Bucket(
        endpoint=endpoint,
        name=_required(settings, "s3_bucket"),
        region=settings.s3_region,
        prefix=settings.s3_prefix,
        access_key=_required(settings, "s3_access_key"),
        secret_key=_read_secret(Path(_required(settings, "s3_secret_key_file"))),
    )


def _required(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None:
        raise SettingsError(f"{PREFIX}ATTACHMENTS=s3: {PREFIX}{name.upper()} is not set")
    return str(value)


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PREFIX}S3_SECRET_KEY_FILE={path}: cannot be read ({error})") from error
    if not secret:
        raise SettingsError(f"{PREFIX}S3_SECRET_KEY_FILE={path}: expected a file that holds the secret key")
    return secret


def is_here(url: str) -> bool:
    """Whether an address is on this machine: its loopback, or a socket in a folder."""
    parts = urlsplit(url)
    hosts = [parts.hostname or "", *parse_qs(parts.query).get("host", [])]
    return all(not host or host.startswith("/") or is_loopback(host) for host in hosts)
