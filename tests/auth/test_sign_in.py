"""Signing up and in."""

import asyncio
from datetime import timedelta

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth


async def test_a_registered_person_signs_in_and_sees_themselves(auth: Auth) -> None:
    person, tokens = await auth.someone()
    assert "password" not in person
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    me = await auth.send("GET", "/me", token=tokens["access_token"])
    assert me.status_code == 200
    assert me.json() == person
    assert me.headers["etag"] == '"1"'
