"""38: what somebody gets who has the database password of one service."""

import asyncpg
import pytest

from taskyard.kit.roles import ROLES, role_of
from tests.conftest import Cluster

OTHERS = {
    "auth": ["project.projects", "task.tasks", "notification.notifications"],
    "project": ["auth.people", "auth.refresh_tokens", "auth.signing_keys", "task.tasks", "task.participants_v1"],
    "task": ["auth.people", "auth.sessions", "auth.signing_keys", "project.members", "project.access"],
    "notification": ["auth.people", "auth.refresh_tokens", "task.tasks", "task.comments", "project.invitations"],
    "gateway": ["auth.people", "auth.signing_keys", "task.tasks", "log.events_v1", "project.access_v1"],
    "sequencer": ["auth.people", "auth.signing_keys_v1", "task.tasks", "log.events", "project.access_v1"],
}
FORBIDDEN = [
    "UPDATE log.events SET version = 1",
    "DELETE FROM log.events",
    "TRUNCATE log.events",
    "SELECT data FROM log.events",
    "CREATE TABLE public.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET ROLE taskyard_owner",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('/etc/hostname')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT setval('log.events_id_seq', 1)",
]


@pytest.mark.parametrize("service", ROLES)
async def test_role_reaches_nothing_of_the_others(cluster: Cluster, service: str) -> None:
    statements = [f"SELECT * FROM {table}" for table in OTHERS[service]] + FORBIDDEN  # noqa: S608 - our own tables
    if service != "project":
        statements.append(
            "INSERT INTO project.access SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1"
        )
    if service != "sequencer":
        statements.append("UPDATE log.head SET epoch = 1")
    connection = await asyncpg.connect(cluster.service_urls[service])
    allowed = []
    for statement in statements:
        try:
            await connection.execute(f"BEGIN; {statement}")
        except asyncpg.InsufficientPrivilegeError:
            pass
        else:
            allowed.append(statement)
        await connection.execute("ROLLBACK")
    await connection.close()
    assert allowed == []


async def test_who_has_no_grant_cannot_connect(cluster: Cluster) -> None:
    owner = await asyncpg.connect(cluster.owner_url)
    granted = await owner.fetch("""
        SELECT r.rolname FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE d.datname = current_database() AND a.privilege_type IN ('CONNECT', 'TEMPORARY') AND a.grantee <> d.datdba
    """)
    await owner.close()
    assert {row[0] for row in granted} == {role_of(service) for service in ROLES}
