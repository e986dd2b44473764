"""What must never reach a log or an error report: secrets and e-mail addresses, hidden by name or by form."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_DEEPEST = 5
_SECRET_KEY = re.compile(r"passw|token|secret|authorization|cookie|api[-_]?key|credential|e[-_]?mail", re.IGNORECASE)
_LONGEST = 20_000
"""Characters of one text that are written; whoever makes us log more does not mean well."""
_HINT = re.compile(r"[@(=:]|[Bb]earer|BEARER|tyk_|eyJ")
"""Without one of these a text holds nothing to hide; most do not."""
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<kept>\bbearer\s{1,4})[\w.~+/=-]{8,}",
        r"(?P<kept>tyk_)[\w-]{8,}",
        r"(?P<kept>)\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}",
        r"(?P<kept>://[^/\s:@]{0,256}:)[^/\s]{1,1024}(?=@)",
        r"(?P<kept>(?:passw(?:or)?d|token|secret|api[-_]?key|credential)\w{0,64}[\"']?\s?[=:]\s?[\"']?)[^\s\"'&,;]+",
        # what PostgreSQL tells of a refused row
        r"(?P<kept>Failing row contains \()[\s\S]*?(?:(?=\)\.(?:\n|$|['\"]))|\Z)",
        r"(?P<kept>Key \([^)]{1,256}\)=\()[\s\S]*?(?:(?=\) (?:already|is|conflicts))|\Z)",
        r"(?P<kept>)[\w.+%-]{1,64}(?=@[\w-]{1,63}\.[\w.-])",
    )
)


def masked(value: Any, depth: int = 0) -> Any:
    """The value with whatever looks like a secret or names a person hidden, by its name or its form."""
    if isinstance(value, str):
        return _masked_text(value)
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(key, str) and _SECRET_KEY.search(key) else masked(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item, depth + 1) for item in value]
    return value


def _masked_text(text: str) -> str:
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    if _HINT.search(text):
        for form in _FORMS:
            text = form.sub(_hide, text)
    return text


def _hide(match: re.Match[str]) -> str:
    return match["kept"] + HIDDEN
