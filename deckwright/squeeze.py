"""SQLite's file -> deflated, in blocks that are cut where its pages say so: after an edit most are what they were.

Level 6 takes longer than all else that packing does; the blocks of before need not be deflated again, new ones are on
all cores at once. Together they are a deflate stream like any other, a hundredth longer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

_PAGE = 4096
# A block ends after a page whose checksum has these bits zero: 64 pages on average, 256 at most.
_CUT, _MOST = 63, 256
_AHEAD = 32
_END = b"\x03\x00"  # an empty last block


class Blocks:
    """Stands in for a compressor of zlib's; `kept` are blocks of before by their digests, brought up to date."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self.kept = kept
        self._rest = bytearray()
        self._seen = 0
        self._order: list[str] = []
        self._new: dict[str, Future[bytes]] = {}
        self._waiting: deque[Future[bytes]] = deque()
        self._pool = ThreadPoolExecutor()

    def compress(self, data: bytes) -> bytes:
        """Takes more of the file; yields nothing yet, as its last block may go on."""
        self._rest += data
        while self._seen + _PAGE <= len(self._rest):
            page = self._rest[self._seen : self._seen + _PAGE]
            self._seen += _PAGE
            if not zlib.crc32(page) & _CUT or self._seen >= _MOST * _PAGE:
                self._block(bytes(self._rest[: self._seen]))
                del self._rest[: self._seen]
                self._seen = 0
        return b""

    def flush(self) -> bytes:
        """Yields the whole stream."""
        if self._rest:
            self._block(bytes(self._rest))
        with self._pool:
            found = {name: self.kept[name] if name in self.kept else self._new[name].result() for name in self._order}
        self.kept.clear()
        self.kept.update(found)
        return b"".join([*(found[name] for name in self._order), _END])

    def _block(self, block: bytes) -> None:
        """Adds a block, which is deflated unless it was before."""
        name = hashlib.sha256(block).hexdigest()
        self._order.append(name)
        if name not in self.kept and name not in self._new:
            self._new[name] = self._pool.submit(_deflated, block)
            # Whoever reads faster than deflates would hold the whole file.
            self._waiting.append(self._new[name])
            if len(self._waiting) > _AHEAD:
                self._waiting.popleft().result()


def _deflated(block: bytes) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeezer.compress(block) + squeezer.flush(zlib.Z_FULL_FLUSH)
