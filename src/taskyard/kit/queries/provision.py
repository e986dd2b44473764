"""The owner's statements about roles: what each service may be, before it may do anything."""

import re

import asyncpg

from taskyard.kit.queries.migrations import MIGRATION_LOCK, Owner

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")


async def lock(connection: Owner) -> None:
    """Wait until no other start is changing roles; the lock ends with the connection."""
    await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)


async def create_database(connection: Owner, name: str) -> None:
    """Make the application's database unless it is there."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
        await connection.execute(f"CREATE DATABASE {_identifier(name)}")


async def has_role(connection: Owner, role: str) -> bool:
    """Say whether a role exists in this server."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role)
    return found


async def create_role(connection: Owner, role: str) -> None:
    """Make a role that may sign in and nothing else."""
    await connection.execute(
        f"CREATE ROLE {_identifier(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"
    )


async def create_group(connection: Owner, role: str) -> None:
    """Make a role that nobody signs in as, for others to take on."""
    await connection.execute(f"CREATE ROLE {_identifier(role)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")


async def grant_membership(connection: Owner, group: str, member: str) -> None:
    """Let a role take on another one; it has what that one may do only while it does."""
    is_member: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_auth_members WHERE roleid = to_regrole($1) AND member = to_regrole($2))",
        group,
        member,
    )
    if not is_member:
        await connection.execute(f"GRANT {_identifier(group)} TO {_identifier(member)}")


async def may_exempt(connection: Owner) -> bool:
    """Say whether the owner may exempt roles from policies: a superuser may."""
    found: bool = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return found


async def exempt_from_policies(connection: Owner, role: str) -> None:
    """Spare a role's statements the policies of tables, which would let it see everything anyway."""
    if not await connection.fetchval("SELECT rolbypassrls FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"ALTER ROLE {_identifier(role)} BYPASSRLS")


async def set_password(connection: Owner, role: str, verifier: str) -> None:
    """Give a role its password, as a SCRAM verifier so that no log can ever show the password."""
    if "'" in verifier:
        message = "a verifier has no quotes"
        raise ValueError(message)
    await connection.execute(f"ALTER ROLE {_identifier(role)} PASSWORD '{verifier}'")


async def get_password_verifier(connection: Owner, role: str) -> str | None:
    """Read the stored verifier where the owner may (only a superuser); None elsewhere."""
    try:
        verifier: str | None = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", role)
    except asyncpg.InsufficientPrivilegeError:
        return None
    return verifier


async def set_role_setting(connection: Owner, role: str, name: str, value: str) -> None:
    """Fix a setting that every session of a role starts with in this database."""
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    literal = await connection.fetchval("SELECT quote_literal($1::text)", value)
    await connection.execute(
        f"ALTER ROLE {_identifier(role)} IN DATABASE {database} SET {_identifier(name)} = {literal}"
    )


async def list_role_settings(connection: Owner) -> dict[str, list[str]]:
    """Give every role's settings in this database, as ``name=value`` lines."""
    rows = await connection.fetch(
        """
        SELECT r.rolname AS role, s.setconfig AS settings
          FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
         WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
    )
    return {row["role"]: list(row["settings"]) for row in rows}


async def create_schema(connection: Owner, schema: str, role: str | None) -> None:
    """Make a schema, and let its service look inside."""
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_identifier(schema)}")
    if role is not None:
        await connection.execute(f"GRANT USAGE ON SCHEMA {_identifier(schema)} TO {_identifier(role)}")


async def close_public_schema(connection: Owner) -> None:
    """Take away what older servers let everybody do: create tables in ``public``."""
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


async def upsert_service_key(connection: Owner, service: str, public_key: bytes) -> None:
    """Publish the key by which a service's assertions are verified."""
    await connection.execute(
        """
        INSERT INTO auth.service_keys (service, public_key) VALUES ($1, $2)
        ON CONFLICT (service) DO UPDATE SET public_key = excluded.public_key
         WHERE service_keys.public_key <> excluded.public_key
        """,
        service,
        public_key,
    )


async def close_database(connection: Owner) -> None:
    """Take away what everybody who may sign in to the server has: this database, and temporary tables in it."""
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC")


async def open_database(connection: Owner, role: str) -> None:
    """Let a role connect to this database."""
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {_identifier(role)}")


def _identifier(name: str) -> str:
    """Pass only names of our own making into a statement that cannot bind them."""
    if IDENTIFIER.fullmatch(name) is None:
        message = f"{name!r} is not a plain identifier"
        raise ValueError(message)
    return name
