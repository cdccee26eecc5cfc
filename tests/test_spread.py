"""Work in processes of its own: how a worker starts, and that it starts soundly beside threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from desk import ROOT

from deckwright import spread

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every worker starts afresh")
PROGRAM = """
import os
from deckwright import spread

print("begun", flush=True)
if __name__ == "__main__":
    with spread.workers(1) as pool:
        print(pool.submit(os.getppid).result() == os.getpid())
"""


def interrupted() -> None:
    """Runs in a worker: Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def kind() -> str:
    """Runs in a worker: how it was started."""
    return type(multiprocessing.current_process()).__name__


@linux
def test_a_worker_starts_without_running_the_program_again(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, program], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stdout.split() == ["begun", "True"], done.stderr


def test_beside_a_thread_a_worker_starts_afresh():
    waiting = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(waiting.wait)
        try:
            with spread.workers(1) as pool:
                assert pool.submit(kind).result() == "SpawnProcess"
        finally:
            waiting.set()


@linux
def test_beside_numpy_and_its_threads_a_worker_starts_afresh(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(f"import numpy\n{PROGRAM}")
    done = subprocess.run([sys.executable, program], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stdout.split() == ["begun", "begun", "True"], done.stderr


@linux
def test_ctrl_c_ends_a_worker_without_a_word(capfd):
    with spread.workers(1) as pool, pytest.raises(BrokenProcessPool):
        pool.submit(interrupted).result()
    assert "KeyboardInterrupt" not in capfd.readouterr().err
