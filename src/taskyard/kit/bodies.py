"""JSON bodies: decoded once, into what a handler takes, and refused with the place of the fault."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from taskyard.kit.problems import FieldError, InvalidInput, MalformedRequest

_PATH = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_NAMED_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")


def field_error(message: str, key: str = "") -> FieldError:
    """A FieldError from msgspec's message, which ends in the path of the fault."""
    path = _PATH.search(message)
    named = _NAMED_FIELD.search(message)
    where = path.group(1) if path else key.removeprefix("data")
    parts = [part for part in re.split(r"[.\[\]]+", where) if part and part != "..."]
    if named:
        parts.append(named.group(1))
    return FieldError("/" + "/".join(parts) if parts else "", _PATH.sub("", message))


def decode_body(body: bytes, wanted: Any) -> Any:
    """A body as a value of the wanted type. Nothing is taken for what it is not: a number in quotes is a text.

    Raises MalformedRequest for what is no JSON, and InvalidInput naming the place of what does not fit.
    """
    try:
        try:
            return _decoder(wanted).decode(body)
        except msgspec.ValidationError as error:
            msgspec.json.decode(body)  # what goes on as no JSON, or too deeply, is that before anything else
            found = field_error(str(error))
            raise InvalidInput(found.detail, errors=[found]) from None
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise MalformedRequest(f"The body is not JSON: {error}.") from None


@lru_cache(maxsize=1024)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)
