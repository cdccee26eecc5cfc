"""A command -> seconds and memory, as a whole process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """How long a process took, in seconds, and the peak memory of the largest process in it, in bytes."""

    seconds: float
    peak: int


class FailedError(Exception):
    """A process that ended badly, or not in time; its words are the reason."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> Run:
    """Runs `command` in `folder` and yields what it took.

    Raises FailedError, with its last line, where it fails or is not done in `patience` seconds.
    """
    # Users' Python keeps what it compiled of a module; a machine that forbids that makes everyone wait for it anew.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    log = folder / "log.txt"
    with log.open("wb") as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        waiting = threading.Timer(patience, os.killpg, (process.pid, signal.SIGKILL))
        waiting.start()
        # Unlike getrusage(RUSAGE_CHILDREN), which keeps the peak of all children so far, this is of this child.
        try:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            waiting.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if seconds >= patience:
        raise FailedError(f"not done in {patience:.0f} s")
    if process.returncode:
        last = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()][-1:]
        raise FailedError(f"exit {process.returncode}: {' '.join(last).strip()[:120]}")
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
