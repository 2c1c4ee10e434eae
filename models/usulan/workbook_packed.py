"""Rows kept aside in little memory: pickled and compressed in blocks, some 200 bytes each."""

import pickle
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_BLOCK: Final = 64
_BLOCKS_OPEN: Final = 32
"""Blocks that stay unpacked: lists sorted by family, or by who is head and who is not, find theirs among these."""


class Packed(Generic[T]):
    """A list that grows at its end and is read anywhere. What comes out equals what went in and is not the same object.

    One thread at a time.
    """

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last: list[T] = []
        self._open: OrderedDict[int, list[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._blocks) * _BLOCK + len(self._last)

    def append(self, row: T) -> int:
        """Keep a row; return its place."""
        self._last.append(row)
        if len(self._last) == _BLOCK:
            self._blocks.append(zlib.compress(pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL), 1))
            self._last = []
        return len(self) - 1

    def __getitem__(self, place: int) -> T:
        block, inside = divmod(place, _BLOCK)
        return (self._last if block == len(self._blocks) else self._unpacked(block))[inside]

    def __iter__(self) -> Iterator[T]:
        return (self[place] for place in range(len(self)))

    def _unpacked(self, block: int) -> list[T]:
        rows = self._open.get(block)
        if rows is None:
            rows = pickle.loads(zlib.decompress(self._blocks[block]))  # noqa: S301  packed above, in this process
            self._open[block] = rows
            if len(self._open) > _BLOCKS_OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(block)
        return rows
