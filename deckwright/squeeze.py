"""SQLite's file -> deflated, in blocks that are cut where its pages say so: after an edit most are what they were.

Level 6 takes longer than all else that packing does; the blocks of before need not be deflated again, new ones are on
all cores at once. Together they are a deflate stream like any other, a hundredth longer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

_PAGE = 4096
# A block ends after a page whose checksum has these bits zero: 64 pages on average, 256 at most.
_CUT, _MOST = 63, 256
_END = b"\x03\x00"  # an empty last block


class Blocks:
    """Stands in for a compressor of zlib's; `kept` are blocks of before by their digests, brought up to date."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self.kept = kept

    def compress(self, data: bytes) -> bytes:
        """Yields the deflated `data`, but for its end."""
        with memoryview(data) as view:
            return self._compressed(view)

    def _compressed(self, view: memoryview) -> bytes:
        from concurrent.futures import ThreadPoolExecutor  # here: hardly anything else of a build needs it

        blocks = [view[start:end] for start, end in _blocks(view)]
        order = [hashlib.sha256(block).hexdigest() for block in blocks]
        names = dict(zip(order, blocks, strict=True))
        new = [name for name in names if name not in self.kept]
        with ThreadPoolExecutor() as pool:
            made = pool.map(lambda name: _deflated(names[name]), new)
            found = self.kept | dict(zip(new, made, strict=True))
        self.kept.clear()
        self.kept.update((name, found[name]) for name in names)
        return b"".join(found[name] for name in order)

    def flush(self) -> bytes:
        """Yields the end of the stream."""
        return _END


def _blocks(data: memoryview) -> Iterator[tuple[int, int]]:
    """Start and end of every block."""
    start = 0
    for at in range(0, len(data), _PAGE):
        end = at + _PAGE
        if not zlib.crc32(data[at:end]) & _CUT or end - start >= _MOST * _PAGE or end >= len(data):
            yield start, min(end, len(data))
            start = end


def _deflated(data: memoryview) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush(zlib.Z_FULL_FLUSH)
