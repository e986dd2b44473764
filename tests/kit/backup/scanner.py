"""Looks for words on a backup disk, also inside what is merely compressed."""

import zlib
from collections.abc import Iterable
from pathlib import Path


def find_words(folder: Path, words: Iterable[bytes]) -> set[bytes]:
    """Which of the words any file holds in plain; files that vanish meanwhile are passed over."""
    found: set[bytes] = set()
    for path in sorted(folder.rglob("*")):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:
            continue
        texts = (content, _inflated(content))
        found |= {word for word in words if any(word in text for text in texts)}
    return found


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(content)
    except zlib.error:
        return b""
