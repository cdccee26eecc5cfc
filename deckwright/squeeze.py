"""SQLite's file -> deflated, in blocks that are cut where its pages say so: after an edit most are what they were.

Level 6 takes longer than all else that packing does; the blocks of before need not be deflated again, new ones are on
all cores at once. Together they are a deflate stream like any other, a hundredth longer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from deckwright import keep
from deckwright.keep import Shelf

_PAGE = 4096
# A block ends after a page whose checksum has these bits zero: 64 pages on average, 256 at most.
_CUT, _MOST = 63, 256
_AHEAD = 32
_LEVEL = "deflate 6"
_END = b"\x03\x00"  # an empty last block


class Blocks:
    """Stands in for a compressor of zlib's: blocks of before are on the shelf, where new ones go."""

    def __init__(self, shelf: Shelf, of: str) -> None:
        """The blocks are those of the package `of`: what it has no more, leaves the shelf."""
        self._shelf, self._of = shelf, of
        self._rest = bytearray()
        self._seen = 0
        self._names: set[str] = set()
        self._queue: deque[tuple[str, Future[bytes]]] = deque()
        self._pool = ThreadPoolExecutor()

    def compress(self, data: bytes) -> bytes:
        """Takes more of the file; yields what is done of the stream, as its last block may go on."""
        self._rest += data
        while self._seen + _PAGE <= len(self._rest):
            page = self._rest[self._seen : self._seen + _PAGE]
            self._seen += _PAGE
            if not zlib.crc32(page) & _CUT or self._seen >= _MOST * _PAGE:
                self._block(bytes(self._rest[: self._seen]))
                del self._rest[: self._seen]
                self._seen = 0
        # Whoever reads faster than deflates would hold the whole file.
        return self._done(_AHEAD)

    def flush(self) -> bytes:
        """Yields the rest of the stream."""
        if self._rest:
            self._block(bytes(self._rest))
        with self._pool:
            rest = self._done(0)
        own = {name for name in self._shelf.names() if name.rpartition(" ")[0] == self._of}
        if gone := own - self._names:
            self._shelf.put([], gone)
        return rest + _END

    def _block(self, block: bytes) -> None:
        """Adds a block, which is deflated unless it was before."""
        name = f"{self._of} {hashlib.sha256(block).hexdigest()}"
        made, kept = self._shelf.take(name)
        self._names.add(name)
        if made:
            done: Future[bytes] = Future()
            done.set_result(kept)
            self._queue.append(("", done))
        else:
            self._queue.append((name, self._pool.submit(_deflated, block)))

    def _done(self, waiting: int) -> bytes:
        """The blocks that are deflated, in their order; not more than `waiting` are left over."""
        done: list[bytes] = []
        new = []
        while self._queue and (len(self._queue) > waiting or self._queue[0][1].done()):
            name, future = self._queue.popleft()
            done.append(future.result())
            new += [keep.row(name, _LEVEL, done[-1])] if name else []
        if new:
            self._shelf.put(new)
        return b"".join(done)


def _deflated(block: bytes) -> bytes:
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeezer.compress(block) + squeezer.flush(zlib.Z_FULL_FLUSH)
