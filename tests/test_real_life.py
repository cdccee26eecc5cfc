"""The lock survives real life: merges, loss, kills, full disks, wrong clocks, two builds at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import ROOT, SONG, Run, edit

from deckwright import lock, unpack

MONDAY, TUESDAY, WEDNESDAY = 1_760_000_000, 1_760_086_400, 1_760_172_800


def git(root: Path, *arguments: str, check: bool = True) -> str:
    identity = ["-c", "user.name=an author", "-c", "user.email=author@example.org", "-c", "commit.gpgsign=false"]
    asked = subprocess.run(["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=check)
    return asked.stdout


def entries(root: Path) -> dict[str, lock.Entry]:
    found, problems = lock.read(root / "deck.lock", "birds")
    assert not problems
    return {entry.key: entry for entry in found.entries.values()}


@pytest.fixture
def built(tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny deck, built on Monday and committed."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MONDAY))
    (tiny / ".gitignore").write_text("build/\ndist/\n")
    run("--root", tiny)
    git(tiny, "init", "-q", "-b", "main")
    git(tiny, "add", "-A")
    git(tiny, "commit", "-qm", "Monday")
    return tiny


def in_branches(root: Path, run: Run, monkeypatch: pytest.MonkeyPatch, ours: tuple, theirs: tuple) -> None:
    """Edits, builds and commits on main (Tuesday) and on another branch (Wednesday), and begins to merge that."""
    for branch, day, change in (("main", TUESDAY, ours), ("other", WEDNESDAY, theirs)):
        git(root, "checkout", "-q", *(["-b", branch, "main~0"] if branch == "other" else [branch]))
        if branch == "other":
            git(root, "reset", "-q", "--hard", "main~1")
        edit(root / SONG, *change)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(day))
        run("--root", root)
        git(root, "commit", "-qam", branch)
    git(root, "checkout", "-q", "main")
    git(root, "merge", "other", check=False)


def test_a_merge_conflict_in_the_lock_is_reported_as_one(built, run: Run, monkeypatch):
    in_branches(built, run, monkeypatch, ("at dusk?", "at night?"), ("at dusk?", "at dawn?"))
    told = run("--root", built, exit_code=1).output
    assert "error[corrupt-lock]: git left both sides of a merge here\n --> deck.lock:" in told
    assert "take either side" in told


@pytest.mark.parametrize("side", ["--ours", "--theirs"])
@pytest.mark.parametrize("committed", [False, True], ids=["while merging", "after the merge"])
def test_with_either_side_of_a_merge_the_next_build_is_later_than_both(built, run: Run, monkeypatch, side, committed):
    in_branches(built, run, monkeypatch, ("at dusk?", "at night?"), ("at dusk?", "at dawn?"))
    git(built, "checkout", "--ours", "cards/01-song.md")
    git(built, "checkout", side, "deck.lock")
    git(built, "add", "-A")
    if committed:
        git(built, "commit", "-qm", "merged")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TUESDAY))
    run("--root", built)
    assert entries(built)["en/blackbird"].stamp.modified > WEDNESDAY
    assert entries(built)["en/robin"].stamp.modified == MONDAY
    before = (built / "deck.lock").read_bytes()
    run("--root", built)
    assert (built / "deck.lock").read_bytes() == before


def test_a_lost_lock_is_made_anew_from_a_released_package(built, run: Run, monkeypatch):
    before = (built / "deck.lock").read_bytes()
    package = shutil.copy(built / "dist" / "birds.apkg", built / "released.apkg")
    (built / "deck.lock").unlink()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TUESDAY))
    assert "0 new, 0 changed, 0 retired" in run("--root", built, "--relock", package).output
    after = (built / "deck.lock").read_bytes()
    notes = [line for line in after.splitlines() if line.startswith(b"note ")]
    assert notes == [line for line in before.splitlines() if line.startswith(b"note ")]
    assert (built / "dist" / "birds.apkg").read_bytes() == Path(package).read_bytes()


def test_relock_refuses_to_overwrite_a_lock_and_to_read_what_is_no_package(built, run: Run, tmp_path):
    run("--root", built, "--relock", built / "dist" / "birds.apkg", exit_code=2)
    (built / "deck.lock").unlink()
    (tmp_path / "no.apkg").write_text("nothing")
    told = run("--root", built, "--relock", tmp_path / "no.apkg", exit_code=1).output
    assert "error[no-package]: `no.apkg` can't be read as a package" in told
    assert not (built / "deck.lock").exists()


def test_a_time_in_the_future_is_warned_of(built, run: Run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MONDAY - 10 * 86_400))
    told = run("--root", built).output
    assert "warning[future-time]" in told and "was changed 10 days from now" in told


def test_a_disk_that_is_full_is_a_problem_and_nothing_is_half_written(built, run: Run, monkeypatch):
    edit(built / SONG, "at dusk?", "at night?")
    before = {path: path.read_bytes() for path in (built / "deck.lock", built / "dist" / "birds.apkg")}
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = run("--root", built, exit_code=1).output
    assert (
        "error[not-written]: `birds.apkg` can't be written: No space left on device\n --> dist/birds.apkg:1:1" in told
    )
    assert {path: path.read_bytes() for path in before} == before
    assert not list(built.rglob("*.unfinished"))


def test_a_folder_that_can_t_be_written_is_a_problem(built, run: Run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    told = run("--root", built, "-o", tmp_path / "file" / "dist", exit_code=1).output
    assert "error[not-written]" in told


KILLED = """
import os, signal, sys, tempfile
sys.path.insert(0, {root!r})
import build
left = [int(sys.argv.pop(1))]
def dying(call):
    def wrapper(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return wrapper
from pathlib import Path
tempfile.mkstemp, os.fsync, os.fdopen = dying(tempfile.mkstemp), dying(os.fsync), dying(os.fdopen)
Path.replace, Path.chmod, Path.unlink = dying(Path.replace), dying(Path.chmod), dying(Path.unlink)
build.main(sys.argv[1:])
"""


def whole(root: Path, known: dict[str, list[bytes]]) -> None:
    """Asserts that lock and package are each one of the known states."""
    assert (root / "deck.lock").read_bytes() in known["lock"]
    assert (root / "dist" / "birds.apkg").read_bytes() in known["package"]


def both_states(root: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """Lock and package before and after an edit, and the edited deck with the state before."""
    known: dict[str, list[bytes]] = {"lock": [], "package": []}
    for state in ("before", "after"):
        if state == "after":
            edit(root / SONG, "at dusk?", "at night?")
            monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TUESDAY))
            run("--root", root)
        known["lock"].append((root / "deck.lock").read_bytes())
        known["package"].append((root / "dist" / "birds.apkg").read_bytes())
    (root / "deck.lock").write_bytes(known["lock"][0])
    (root / "dist" / "birds.apkg").write_bytes(known["package"][0])
    return known


def test_killed_at_every_step_of_writing_lock_and_package_stay_whole_and_the_next_build_is_right(
    built, run: Run, monkeypatch
):
    known = both_states(built, run, monkeypatch)
    points = 0
    for step in range(1, 50):
        (built / "deck.lock").write_bytes(known["lock"][0])
        (built / "dist" / "birds.apkg").write_bytes(known["package"][0])
        code = KILLED.format(root=str(ROOT))
        died = subprocess.run([sys.executable, "-c", code, str(step), "--root", str(built)], capture_output=True)
        whole(built, known)
        if died.returncode == 0:
            break
        assert died.returncode == -signal.SIGKILL
        points += 1
        run("--root", built)
        assert (built / "deck.lock").read_bytes() == known["lock"][1]
        assert (built / "dist" / "birds.apkg").read_bytes() == known["package"][1]
        assert not list(built.rglob("*.unfinished"))
    assert points >= 10


def test_killed_at_any_moment_lock_and_package_stay_whole(built, run: Run, monkeypatch):
    known = both_states(built, run, monkeypatch)
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(built)]
    for moment in range(12):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 + 0.05 * moment)
        process.kill()
        process.wait()
        whole(built, known)
    run("--root", built)
    assert (built / "deck.lock").read_bytes() == known["lock"][1]
    assert (built / "dist" / "birds.apkg").read_bytes() == known["package"][1]


def test_of_two_builds_at_once_the_second_waits_and_lock_and_package_agree(built):
    edit(built / SONG, "at dusk?", "at night?")
    for day in (TUESDAY, WEDNESDAY):
        environments = [{**os.environ, "SOURCE_DATE_EPOCH": str(day + number)} for number in range(3)]
        command = [sys.executable, str(ROOT / "build.py"), "--root", str(built)]
        builds = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for environment in environments]
        assert [process.wait() for process in builds] == [0, 0, 0]
        told = b"".join(process.communicate()[0] for process in builds)
        assert told.count(b"1 changed") == 1 and told.count(b"0 changed") == 2
        release, problems = unpack.release(built / "dist" / "birds.apkg", "birds", ["en"])
        assert not problems
        assert all(entries(built)[key].stamp.modified == stamp.modified for (_, key), stamp in release.stamps.items())
        edit(built / SONG, "at night?", "at noon?") if day == TUESDAY else None


def test_the_sources_are_built_where_there_is_no_git(tiny, run: Run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    run("--root", tiny)
