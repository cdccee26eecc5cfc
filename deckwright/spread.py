"""Work -> processes of their own, as many as the machine has cores."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


@contextmanager
def workers(most: int) -> Iterator[ProcessPoolExecutor]:
    """Yields a pool of `most` processes at most; whoever leaves it waits for no work that is not begun."""
    import multiprocessing  # here: to import these takes longer than most builds need
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(cores(), most), context, _at_once) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Yields how many processes this machine runs at once."""
    return os.cpu_count() or 1


def _at_once() -> None:
    """Runs as a worker starts: Ctrl-C ends it without a word, as the build has its own."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
