"""The scanner for stored secrets finds what it is shown, so its silence means something."""

import asyncio

import asyncpg
import pytest

from tests.journeys.scanner import find_secrets, owner_url
from tests.journeys.stack import Stack, secrets_in

SECRET = "a secret that somebody stored " * 3


@pytest.mark.parametrize("kind", ["text", "bytea", "jsonb", "text[]"])
def test_a_secret_in_a_column_is_found(own_stack: Stack, kind: str) -> None:
    values = {"text": f"'<{SECRET}>'", "bytea": f"'{SECRET}'::bytea", "jsonb": f"""'{{"x": "{SECRET}"}}'"""}
    value = values.get(kind, f"ARRAY['{SECRET}']")
    execute(own_stack, f"CREATE SCHEMA drill; CREATE TABLE drill.notes AS SELECT {value}::{kind} AS note")
    try:
        with own_stack.valkey.client() as client:
            assert find_secrets(own_stack.home, client, {SECRET, "another one"}) == ["drill.notes.note"]
    finally:
        execute(own_stack, "DROP SCHEMA drill CASCADE")


def test_a_secret_in_redis_is_found(own_stack: Stack) -> None:
    with own_stack.valkey.client() as client:
        client.hset("drill", "field", SECRET)
        try:
            assert find_secrets(own_stack.home, client, {SECRET}) == ["redis b'drill'"]
        finally:
            client.delete("drill")


def test_the_secrets_of_an_answer_are_noted() -> None:
    answer = {"items": [{"id": "1", "secret": "tyk_live_123456"}], "refresh_token": "abcdefghi", "token_type": "Bearer"}
    assert set(secrets_in(answer)) == {"tyk_live_123456", "abcdefghi"}
    assert set(secrets_in({"recovery_codes": ["0000-1111", "2222-3333"]})) == {"0000-1111", "2222-3333"}


def execute(own_stack: Stack, statements: str) -> None:
    """Run statements as the owner of the database."""

    async def run() -> None:
        connection = await asyncpg.connect(owner_url(own_stack.home))
        await connection.execute(statements)
        await connection.close()

    asyncio.run(run())
