"""Provisioning: a role per service with as little as possible, also by an owner who is no superuser."""

import secrets
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest

from taskyard.kit.migrations import migrate
from taskyard.kit.provision import derive_service_urls, provision, publish_service_keys
from taskyard.kit.roles import ROLES
from tests.conftest import Cluster


@pytest.mark.parametrize("service", ROLES)
async def test_role_starts_every_session_with_its_settings(cluster: Cluster, service: str) -> None:
    connection = await asyncpg.connect(cluster.service_urls[service])
    assert await connection.fetchval("SHOW search_path") == ("log" if service == "sequencer" else service)
    assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
    assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "10s"
    await connection.close()


@pytest.mark.parametrize("service", ROLES)
@pytest.mark.parametrize("statement", ["CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine", "CREATE ROLE mine"])
async def test_role_may_define_nothing(cluster: Cluster, service: str, statement: str) -> None:
    connection = await asyncpg.connect(cluster.service_urls[service])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_other_password_is_refused(cluster: Cluster) -> None:
    urls = derive_service_urls(cluster.owner_url, secrets.token_bytes(32))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(urls["task"])


async def test_second_run_changes_nothing_and_keys_are_published(cluster: Cluster) -> None:
    await provision(cluster.owner_url, cluster.master_key)
    await publish_service_keys(cluster.owner_url, cluster.master_key)
    connection = await asyncpg.connect(cluster.service_urls["project"])
    rows = await connection.fetch("SELECT service FROM auth.service_keys_v1")
    await connection.close()
    assert {row["service"] for row in rows} == set(ROLES)


def test_only_name_and_password_of_the_address_change() -> None:
    urls = derive_service_urls("postgresql://owner:pw@db.example:6432/tasks?sslmode=require", bytes(32))
    parts = urlsplit(urls["auth"])
    assert (parts.username, parts.hostname, parts.port, parts.query) == (
        "taskyard_auth",
        "db.example",
        6432,
        "sslmode=require",
    )


async def test_owner_needs_no_superuser(cluster: Cluster) -> None:
    owner, database, password = (f"{word}_{secrets.token_hex(4)}" for word in ("owner", "external", "pw"))
    root = await asyncpg.connect(cluster.owner_url)
    await root.execute(f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD '{password}'")
    await root.execute(f"CREATE DATABASE {database} OWNER {owner}")
    # the roles are the whole server's and are here already: hand them to this owner as its own would be
    for service in ROLES:
        await root.execute(f"GRANT taskyard_{service} TO {owner} WITH ADMIN OPTION")
    address = urlsplit(cluster.owner_url)
    netloc = f"{owner}:{quote(password)}@{address.netloc.rpartition('@')[2]}"
    url = urlunsplit(address._replace(netloc=netloc, path=f"/{database}"))
    try:
        await provision(url, cluster.master_key)
        assert await migrate(url)
        await publish_service_keys(url, cluster.master_key)
    finally:
        await root.execute(f"DROP DATABASE {database} WITH (FORCE)")
        await root.execute(f"DROP OWNED BY {owner} CASCADE")
        await root.execute(f"DROP ROLE {owner}")
        await root.close()
