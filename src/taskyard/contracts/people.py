"""What other services may ask the auth service about people."""

from typing import Protocol

import msgspec


class Person(msgspec.Struct, frozen=True):
    """A person as another service may know them."""

    id: str
    email: str
    name: str


class Recipient(msgspec.Struct, frozen=True):
    """A person as mail needs to know them."""

    id: str
    email: str
    name: str
    time_zone: str
    locale: str


class Recipients(Protocol):
    """Who may be sent mail, and where. Answered by the auth service; never called inside a transaction."""

    async def list_recipients(self, *, ids: list[str]) -> list[Recipient]:
        """The enabled people with these ids; others are left out. At most 200."""


class People(Protocol):
    """Look-ups of people. Answered by the auth service; never called inside a transaction."""

    async def find_person_by_email(self, *, email: str) -> Person | None:
        """The person with this address, compared without regard to case."""

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        """The people with these ids; unknown ids are left out. At most 200."""

    async def find_time_zone(self, *, id: str) -> str | None:  # noqa: A002 - the word of the contract, as in ids
        """The IANA name of the zone in which an enabled person's days begin; None for who is no person."""
