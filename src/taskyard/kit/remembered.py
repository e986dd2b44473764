"""What was read before and never changes, such as one version of a row, within a bound of memory."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by their keys. What was not asked for while half of the bound was filled anew is forgotten.

    Two generations in place of a list of uses: a look costs one or two looks into a dict, and nothing is moved about.
    """

    def __init__(self, most: int) -> None:
        """``most`` is the sum of the sizes that may be kept, in whatever unit they are told in."""
        self._half = most // 2
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._filled = 0

    def get(self, key: K) -> V | None:
        """The value of a key, if it is remembered."""
        entry = self._young.get(key)
        if entry is None:
            entry = self._old.pop(key, None)
            if entry is None:
                return None
            self._keep(key, entry)
        return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Remember a value, unless it is so large that it would push out much of everything else."""
        if size <= self._half // 8:
            self._keep(key, (value, size))

    def _keep(self, key: K, entry: tuple[V, int]) -> None:
        if self._filled + entry[1] > self._half:
            self._old, self._young, self._filled = self._young, {}, 0
        if key not in self._young:
            self._filled += entry[1]
        self._young[key] = entry
