"""The secrets of a deployment in several containers: all derived from the master key, each process told its own only.

The name `migrate` stands for the one process that may know the owner of the database.
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from taskyard.composition.boot import StartError
from taskyard.kit.keys import encode_key, server_password, service_key
from taskyard.kit.provision import derive_service_urls
from taskyard.kit.roles import PORT_OFFSETS, ROLES
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError

WORKER_ROLES = tuple(role for role in ROLES if role != "gateway")
SERVICE_MODE = 0o600
# The servers beside Taskyard run as users of their own, who are let in by their group.
SERVER_MODE = 0o640


def database_urls(urls: Mapping[str, str], *roles: str) -> dict[str, str]:
    """Give the database as each of these roles sees it, as settings."""
    return {f"{PREFIX}{role.upper()}_DATABASE_URL": urls[role] for role in roles}


def process_secrets(urls: Mapping[str, str], master: bytes) -> dict[str, dict[str, str]]:
    """Give each process of the split shape its database and its key, as settings."""
    services = {
        service: database_urls(urls, service) | {f"{PREFIX}SERVICE_KEY": encode_key(service_key(master, service))}
        for service in PORT_OFFSETS
    }
    keys = ",".join(f"{role}={encode_key(service_key(master, role))}" for role in WORKER_ROLES)
    return {**services, "worker": database_urls(urls, *WORKER_ROLES) | {f"{PREFIX}SERVICE_KEYS": keys}}


def write_secrets(folder: Path, settings: Settings, master: bytes) -> None:
    """Write one folder for each process and each server beside them; the same key always writes the same.

    An address without a password gets one, for a server that is started with what is written here.
    Raises SettingsError and StartError.
    """
    try:
        for name, (text, mode) in _files(settings, master).items():
            _write(folder / name, text, mode)
    except OSError as error:
        raise StartError(f"cannot write to the folder {folder}: {error.strerror}") from error


def kubernetes_secrets(namespace: str, settings: Settings, master: bytes) -> str:
    """Write the Secrets of one namespace as a List, for `kubectl apply -f -`; raises SettingsError."""
    secrets = _all_secrets(_owner_url(settings), settings.redis_url or "", master)
    secrets["migrate"]["master.key"] = encode_key(master)
    items = [_manifest(f"taskyard-{name}", namespace, content) for name, content in secrets.items()]
    document = msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": items})
    return msgspec.json.format(document, indent=2).decode()


def _files(settings: Settings, master: bytes) -> dict[str, tuple[str, int]]:
    database = _with_password(_owner_url(settings), server_password(master, "postgres"))
    redis = _with_password(settings.redis_url or "", server_password(master, "valkey"))
    environments = {
        f"{name}/taskyard.env": ("".join(f"{variable}={value}\n" for variable, value in secrets.items()), SERVICE_MODE)
        for name, secrets in _all_secrets(database, redis, master).items()
    }
    return {
        **environments,
        "postgres/password": (server_password(master, "postgres"), SERVER_MODE),
        "valkey/valkey.conf": (f"requirepass {server_password(master, 'valkey')}\n", SERVER_MODE),
        "grafana/password": (server_password(master, "grafana"), SERVER_MODE),
    }


def _owner_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError(f"{PREFIX}DATABASE_URL is not set: expected the external PostgreSQL, as its owner")
    return settings.database_url


def _all_secrets(database: str, redis: str, master: bytes) -> dict[str, dict[str, str]]:
    secrets = process_secrets(derive_service_urls(database, master), master)
    cache = {f"{PREFIX}REDIS_URL": redis} if redis else {}
    return {
        **{name: cache | content for name, content in secrets.items()},
        "migrate": {f"{PREFIX}DATABASE_URL": database},
    }


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    if parts.hostname is None or parts.password is not None:
        return url
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}:{quote(password)}@{address}"))


def _write(path: Path, text: str, mode: int) -> None:
    """Put the file in place in one step, so that nobody ever reads half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _manifest(name: str, namespace: str, content: Mapping[str, str]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": "taskyard"}},
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in content.items()},
    }
