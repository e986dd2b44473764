"""E-mail addresses: one person is one address, however it is written."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from taskyard.kit.problems import invalid


def parse_email(pointer: str, text: str) -> str:
    """The address in its normal form. Raises InvalidInput when it is none.

    Names of private networks are fine (``ada@mail.internal``): the mail server knows what it can reach.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise invalid(pointer, f"This is not an e-mail address: {error}") from None
    return checked.normalized


def fold_email(email: str) -> str:
    """What an address is compared by. Upper and lower case are one, though RFC 5321 lets a server differ."""
    return unicodedata.normalize("NFC", email.casefold())


def find_fold(text: str) -> str:
    """What an address somebody typed is looked up by; empty, so that nobody has it, when it is none."""
    try:
        return fold_email(
            validate_email(text.strip(), check_deliverability=False, globally_deliverable=False).normalized
        )
    except EmailNotValidError:
        return ""


def wire_form(email: str) -> str:
    """The address as every mail server takes it: in ASCII, where it has such a form (RFC 5891)."""
    checked = validate_email(email, check_deliverability=False, globally_deliverable=False)
    return checked.ascii_email or checked.normalized
