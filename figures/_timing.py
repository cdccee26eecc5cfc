"""Measures dot-product against additive scores and writes figures/_timing.json.

    python figures/_timing.py

A measurement differs on every run, so ``dot-vs-additive.py?show=time`` draws this record and does
not measure. One thread, float32, d = 64; both ways include their projections.
"""

import os

if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # read when numpy loads its BLAS, so before the import below

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from _attention import additive_scores, dot_product_scores

RECORD = Path(__file__).with_name("_timing.json")
SIZES = (128, 256, 512, 1024)
WIDTH = 64
RUNS = 5


def seconds(work: Callable[[], object], runs: int = RUNS, least: float = 0.02) -> float:
    """Median of ``runs`` times of one call of ``work``, each taken over at least ``least`` s."""
    work()
    start = perf_counter()
    work()
    repeats = max(1, round(least / (perf_counter() - start)))
    times = []
    for _ in range(runs):
        start = perf_counter()
        for _ in range(repeats):
            work()
        times.append((perf_counter() - start) / repeats)
    return median(times)


def measure(n: int, d: int = WIDTH, seed: int = 0) -> tuple[float, float]:
    """Seconds for the scores of n queries with n keys of width d: (dot product, additive)."""
    rng = np.random.default_rng(seed)
    x_q, x_k = rng.standard_normal((2, n, d), dtype=np.float32)
    w_q, w_k = rng.standard_normal((2, d, d), dtype=np.float32) / np.float32(np.sqrt(d))
    v = rng.standard_normal(d, dtype=np.float32)
    dot = seconds(lambda: dot_product_scores(x_q @ w_q, x_k @ w_k))
    additive = seconds(lambda: additive_scores(x_q, x_k, w_q, w_k, v))
    return dot, additive


def cpu() -> str:
    """The model name of this machine's processor, as Linux gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown CPU"


def main() -> None:
    """Measure every size and write the record."""
    pairs = [measure(n) for n in SIZES]
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": cpu(),
        "numpy": np.__version__,
        "threads": 1,
        "dtype": "float32",
        "d": WIDTH,
        "runs": RUNS,
        "n": list(SIZES),
        "dot_product_ms": [round(dot * 1e3, 4) for dot, _ in pairs],
        "additive_ms": [round(additive * 1e3, 4) for _, additive in pairs],
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
