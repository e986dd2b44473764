"""Provisioning: the owner gives every service a role with a password of its own and as little else as possible.

Runs before migrations, because migrations grant to these roles. The owner needs CREATEROLE and the
database, not superuser. Roles belong to the whole server: two deployments need two servers (or one key).
"""

import base64
import hashlib
import hmac
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from taskyard.kit.keys import Keys, role_password, service_key
from taskyard.kit.queries import provision as queries
from taskyard.kit.queries.migrations import Owner
from taskyard.kit.roles import ROLES, SERVICES, SUPPORT, bounded_role_of, role_of, schema_of

SCRAM_ITERATIONS = 4096
ROLE_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}


async def provision(owner_url: str, master: bytes) -> None:
    """Make the roles, their passwords and their settings; harmless when everything is already so."""
    connection = await asyncpg.connect(owner_url, timeout=10)
    try:
        await queries.lock(connection)
        known_settings = await queries.list_role_settings(connection)
        for service in ROLES:
            await _provision_role(connection, service, master, known_settings.get(role_of(service), []))
        await queries.create_schema(connection, "log", role_of("sequencer"))
        for service in SERVICES:
            await queries.create_schema(connection, service, role_of(service))
        await _provision_walls(connection)
        await queries.close_public_schema(connection)
        await queries.close_database(connection)
    finally:
        await connection.close()


async def publish_service_keys(owner_url: str, master: bytes) -> None:
    """Publish each process's Ed25519 public key, once the migrations have made the table."""
    connection = await asyncpg.connect(owner_url, timeout=10)
    try:
        for service in ROLES:
            await queries.upsert_service_key(connection, service, Keys(service_key(master, service)).public_key())
    finally:
        await connection.close()


def derive_service_urls(owner_url: str, master: bytes) -> dict[str, str]:
    """Give each service's own database URL: the owner's address with another name and password."""
    return {service: _with_role(owner_url, role_of(service), master) for service in ROLES}


async def _provision_role(connection: Owner, service: str, master: bytes, known: list[str]) -> None:
    role = role_of(service)
    if not await queries.has_role(connection, role):
        await queries.create_role(connection, role)
    verifier = scram_verifier(role_password(master, role), salt=hashlib.sha256(master + role.encode()).digest()[:16])
    if await queries.get_password_verifier(connection, role) != verifier:
        await queries.set_password(connection, role, verifier)
    await queries.open_database(connection, role)
    for name, value in {"search_path": schema_of(service), **ROLE_SETTINGS}.items():
        if f"{name}={value}" not in known:
            await queries.set_role_setting(connection, role, name, value)


async def _provision_walls(connection: Owner) -> None:
    """Make the roles that see one workspace at a time, and let the others go past the policies of theirs at no cost."""
    for role in (SUPPORT, *(bounded_role_of(service) for service in SERVICES)):
        if not await queries.has_role(connection, role):
            await queries.create_group(connection, role)
    may_exempt = await queries.may_exempt(connection)
    for service in SERVICES:
        await queries.grant_membership(connection, bounded_role_of(service), role_of(service))
        if may_exempt:
            await queries.exempt_from_policies(connection, role_of(service))


def scram_verifier(password: str, *, salt: bytes) -> str:
    """Write what the server stores instead of a password (SCRAM-SHA-256, RFC 7677)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    encoded_salt, encoded_stored, encoded_server = parts
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{encoded_salt}${encoded_stored}:{encoded_server}"


def _with_role(owner_url: str, role: str, master: bytes) -> str:
    parts = urlsplit(owner_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(role_password(master, role))}@{address}"))
