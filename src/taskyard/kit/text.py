"""Text from people: kept as written, without the characters that no store and no screen can take.

PostgreSQL refuses NUL and UTF-8 has no lone surrogates; other control characters forge log lines and
terminal output. All of them are refused as wrong input here, before any statement sees them.
"""

import re

from taskyard.kit.problems import invalid

_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_line(pointer: str, text: str) -> str:
    """Give a name or title as one line without surrounding blanks.

    Raises InvalidInput when nothing is left or a control character is inside; ``pointer`` is the
    JSON pointer of the field.
    """
    line = text.strip()
    if not line:
        raise invalid(pointer, "This must not be blank.")
    if _NOT_IN_A_LINE.search(line):
        raise invalid(pointer, "Control characters and line breaks are not allowed here.")
    return line


def clean_text(pointer: str, text: str) -> str:
    """Give a text of many lines, with line feeds as its only line ends.

    Raises InvalidInput for control characters other than line ends and tabs; ``pointer`` is the
    JSON pointer of the field.
    """
    if _NOT_IN_TEXT.search(text):
        raise invalid(pointer, "Control characters other than line breaks and tabs are not allowed here.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
