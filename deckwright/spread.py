"""Work -> processes of their own, as many as the machine has cores."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
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

    context = multiprocessing.get_context("fork" if _alone() else "spawn")
    with ProcessPoolExecutor(min(cores(), most), context, _begin) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Yields how many processes this machine runs at once."""
    return os.cpu_count() or 1


def _alone() -> bool:
    """Whether a copy of this process is sound, which starts at once where another has to import all again.

    A copy has none of the threads, and what they held stays held, those of numpy too, which are not counted; macOS's
    own libraries bear none at all.
    """
    return sys.platform == "linux" and threading.active_count() == 1 and "numpy" not in sys.modules


def _begin() -> None:
    """Runs as a worker starts."""
    # Ctrl-C ends it without a word, as the build has its own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # A drawn picture is garbage by the thousand objects: who looks for it every 700 objects takes a quarter longer.
    gc.set_threshold(200_000, 10, 10)
