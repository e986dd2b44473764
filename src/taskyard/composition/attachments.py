"""Whether the files of tasks are kept: in a folder of the one machine that everything runs on, or nowhere."""

from itertools import chain
from urllib.parse import parse_qs, urlsplit

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
        return settings.attachments == "on"
    databases = [settings.database_url or "", *settings.service_database_urls.values()]
    services = chain.from_iterable(settings.service_urls.values())
    return all(map(is_here, [*services, *filter(None, databases)]))


def is_here(url: str) -> bool:
    """Whether an address is on this machine: its loopback, or a socket in a folder."""
    parts = urlsplit(url)
    hosts = [parts.hostname or "", *parse_qs(parts.query).get("host", [])]
    return all(not host or host.startswith("/") or is_loopback(host) for host in hosts)
