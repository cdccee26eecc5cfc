"""Contenders -> the table: `python -m bench.run --sizes 100,1000 --repeat 5 --only cold --only floor`."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import click

from bench import measure, peers, weigh
from bench.peers import ROOT, Contender

TOLD = {
    "cold": "deckwright, cold",
    "unchanged": "deckwright, nothing changed",
    "edit": "deckwright, one edit (a question)",
    "answer": "deckwright, one edit (an answer with a list, a table and code)",
    "floor": "raw genanki, finished HTML",
    "loop": "genanki + Python-Markdown loop",
    "click": '`python -c "import click"`',
    "figures": "deckwright, 40 stale figures",
    "serial": "the 40, one after the other",
    "watch": "deckwright, save to refreshed",
}
PAIRS = (
    ("cold", "floor"),
    ("cold", "loop"),
    ("unchanged", "floor"),
    ("unchanged", "click"),
    ("edit", "floor"),
    ("answer", "floor"),
)
FIGURES, WATCHED = 40, 1000
PACKAGES = ("click", "genanki", "Jinja2", "Markdown", "matplotlib", "Pygments", "pymdown-extensions")


@dataclass
class Sheet:
    """What was measured at one size: runs by contender, ratios by pair, what came of each, why one was left out."""

    runs: dict[str, list[measure.Run]] = field(default_factory=dict)
    ratios: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    weights: dict[str, weigh.Weight] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How often a pair is run, after how many seconds no more, and how many seconds one run may take."""

    repeat: int
    budget: float
    patience: float


@click.command()
@click.option("--sizes", default="100,1000,10000,100000", show_default=True, help="Numbers of notes.")
@click.option("--repeat", default=5, show_default=True, help="How often a pair is run.")
@click.option("--only", multiple=True, metavar="NAME", help=f"Only this one; any of {', '.join(TOLD)} and the peers.")
@click.option("--budget", default=120, show_default=True, help="Seconds after which a pair is run no more.")
@click.option("--patience", default=600, show_default=True, help="Seconds after which a run is given up.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=ROOT / "build" / "bench" / "result.md")
def main(sizes: str, repeat: int, only: tuple[str, ...], budget: int, patience: int, output: Path) -> None:
    """Measure whole builds beside other tools', and print a table."""
    known = [*TOLD, *(peer.name for peer in peers.peers())]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(known)}", param_hint="--only")
    asked = set(only or known)
    home = ROOT / "build" / "bench"
    home.mkdir(parents=True, exist_ok=True)
    lacking = {peer.name: why for peer in peers.peers() if peer.name in asked and (why := peers.installed(peer, home))}
    output.write_text("", "utf-8")

    def tell(text: str) -> None:
        click.echo(text)
        with output.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    tell(f"# Build times\n\n{_machine()}")
    slow, limits = dict(lacking), Limits(repeat, budget, patience)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for size in sorted(map(int, sizes.split(","))):
            sheet = Sheet(remarks=dict(slow))
            contenders = _contenders(Path(folder) / str(size), size, home, asked - set(slow))
            for first, second in _pairs(contenders):
                if not {first, second} & set(sheet.remarks):
                    _measured(sheet, [contenders[name] for name in (first, second) if name], limits)
            slow |= {name: why for name, why in sheet.remarks.items() if name in contenders}
            tell(f"\n## {size:,} notes\n\n{_table(sheet, contenders)}")
        if asked & {"figures", "serial"}:
            deck = peers.written(Path(folder) / "figures", FIGURES, figures=True)
            sheet, drawers = Sheet(), {k: v for k, v in peers.figures(deck, FIGURES).items() if k in asked}
            _measured(sheet, list(drawers.values()), limits)
            tell(f"\n## {FIGURES} figures, light and dark\n\n{_table(sheet, drawers)}")
        if "watch" in asked:
            tell(f"\n## {TOLD['watch']}, {WATCHED:,} notes\n\n{_watched(Path(folder) / 'watch', repeat)}")
    found = [peer for peer in peers.peers() if peer.name in asked and peer.name not in lacking]
    remarks = [f"- {peers.told(peer, home)}" for peer in found]
    tell("\n" + "\n".join([*remarks, f"- Load at the end: {os.getloadavg()[0]:.2f}."]))


def _contenders(folder: Path, size: int, home: Path, asked: set[str]) -> dict[str, Contender]:
    found = peers.ours(peers.written(folder / "deckwright", size))
    for peer in peers.peers():
        if peer.name in asked:
            found[peer.name] = peers.theirs(peer, home, peers.written(folder / peer.name, size, peer.name))
    return {name: each for name, each in found.items() if name in asked}


def _pairs(contenders: Mapping[str, Contender]) -> Iterator[tuple[str, str]]:
    """The pairs of whom both are there, and those alone who are in none."""
    named = {peer.name for peer in peers.peers()}
    wanted = [*PAIRS, *(("cold", name) for name in contenders if name in named)]
    found = [pair for pair in wanted if all(name in contenders for name in pair)]
    yield from found
    yield from ((name, "") for name in contenders if not any(name in pair for pair in found))


def _measured(sheet: Sheet, pair: list[Contender], limits: Limits) -> None:
    """Runs a pair A B A B ... into the sheet, until it was often enough or long enough."""
    start = time.perf_counter()
    try:
        for _ in range(limits.repeat):
            taken = []
            for each in pair:
                each.prepare()
                running = each.name
                taken.append(measure.run(each.command, each.folder, each.environment, limits.patience))
                sheet.runs.setdefault(each.name, []).append(taken[-1])
            if len(pair) == 2:
                key = (pair[0].name, pair[1].name)
                sheet.ratios.setdefault(key, []).append(taken[0].seconds / taken[1].seconds)
            if time.perf_counter() - start > limits.budget:
                break
        for each in pair:
            if each.name not in sheet.weights:
                sheet.weights[each.name] = _weighed(each.results())
    except measure.FailedError as error:
        sheet.remarks[running] = str(error)


def _weighed(results: list[Path]) -> weigh.Weight:
    if results and results[0].suffix == ".anki2":
        return weigh.Weight(weigh.collection(results[0]), 0, 0)
    return weigh.packages(results)


def _table(sheet: Sheet, contenders: Mapping[str, Contender]) -> str:
    """Everyone's medians, then the pairs."""
    lines = [
        "| | s, median | s, from–to | runs | peak MB | notes | package kB | of deflate 6 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in dict.fromkeys([*contenders, *sheet.remarks]):
        lines.append(_row(name, sheet))
    if sheet.ratios:
        lines += ["", "| pair | ratio, median | from–to | pairs |", "|---|--:|--:|--:|"]
    for (first, second), ratios in sheet.ratios.items():
        span = f"{min(ratios):.2f}–{max(ratios):.2f}"
        told = f"{_told(first)} / {_told(second)}"
        lines.append(f"| {told} | {statistics.median(ratios):.2f} | {span} | {len(ratios)} |")
    return "\n".join(lines)


def _row(name: str, sheet: Sheet) -> str:
    runs, weight = sheet.runs.get(name), sheet.weights.get(name, weigh.Weight(0, 0, 0))
    if not runs:
        return f"| {_told(name)} | {sheet.remarks.get(name, 'not run')} |"
    named = f"{_told(name)} ({sheet.remarks[name]})" if name in sheet.remarks else _told(name)
    seconds = [run.seconds for run in runs]
    peak = statistics.median(run.peak for run in runs) / 1e6
    size = f"{weight.size / 1000:,.0f} | {weight.size / weight.deflated:.2f}" if weight.deflated else " | "
    return (
        f"| {named} | {statistics.median(seconds):.2f} | {min(seconds):.2f}–{max(seconds):.2f} | {len(runs)} "
        f"| {peak:,.0f} | {f'{weight.notes:,}' if weight.notes else ''} | {size} |"
    )


def _watched(folder: Path, repeat: int) -> str:
    """How soon a save is seen, or why nobody looked."""
    peers.written(folder, WATCHED)
    command = [sys.executable, "-m", "bench.watch", str(folder), str(repeat)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return f"not measured: {done.stderr.splitlines()[-1]}"
    seconds = [float(line) for line in done.stdout.split()]
    return f"{statistics.median(seconds):.2f} s, median of {len(seconds)} ({min(seconds):.2f}–{max(seconds):.2f})"


def _machine() -> str:
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    facts = [
        f"{time.strftime('%Y-%m-%d %H:%M')}, deckwright {commit.stdout.strip() or 'without git'}",
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}",
        f"Python {platform.python_version()}, {versions}",
    ]
    notes = (
        "Whole processes; a pair is run A B A B ..., its ratio is the median of theirs. Peak: of the largest process. "
        "A process below 25 MB is told as about that, which is what the measuring one has. "
        "Of deflate 6: a package's bytes by those of the same entries at zlib's level 6."
    )
    return "\n".join([*(f"- {fact}" for fact in facts), "", notes])


def _told(name: str) -> str:
    return TOLD.get(name, name)


if __name__ == "__main__":
    main()
