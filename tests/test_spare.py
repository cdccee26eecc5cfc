"""Where nothing changed, nothing is made, and the same is said; where anything did, it is seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import ROOT, SONG, Run, edit

from deckwright import finish, spare

HEAVY = ("matplotlib", "numpy", "markdown", "pygments", "jinja2", "genanki", "sqlite3", "tomllib", "deckwright.parse")


@pytest.fixture
def settled(tiny: Path, run: Run) -> Path:
    """The tiny deck, built a while after anybody touched it, and checked."""
    run("--root", tiny)
    time.sleep(2 * spare._GRAIN)
    run("--root", tiny)
    run("check", "--root", tiny)
    return tiny


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be finished."""
    monkeypatch.setattr(finish, "sheets", lambda *arguments: pytest.fail("the deck was gone over again"))


def imported(root: Path, *command: str) -> str:
    code = "import sys, build; build.main(sys.argv[1:], standalone_mode=False); print(sorted(sys.modules))"
    asked = [sys.executable, "-c", code, *command, "--root", str(root)]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("command", ["build", "check"])
def test_where_nothing_changed_no_library_is_imported(settled, command):
    told = imported(settled, command)
    assert [name for name in HEAVY if f"'{name}'" in told] == []
    edit(settled / SONG, "dusk?", "*night*?")
    told = imported(settled, command)
    assert "'markdown'" in told and "'deckwright.parse'" in told
    edit(settled / "templates/qa/front.html", "<p ", "<p  ")
    assert "'jinja2'" in imported(settled, command)


def test_an_edited_word_needs_no_template_and_nothing_that_genanki_takes_along(settled):
    edit(settled / SONG, "dusk?", "*night*?")
    told = imported(settled, "build")
    assert "'genanki'" in told
    assert [name for name in ("jinja2", "asyncio", "yaml", "chevron") if f"'{name}'" in told] == []


def test_the_same_is_said_again(settled, run: Run, idle):
    told = run("--root", settled).output
    assert told.startswith("birds.apkg: 3 notes, 5 cards: 0 new, 0 changed, 0 retired; 0 pictures drawn; ")
    assert run("check", "--root", settled).output == "3 notes, no errors\n"


def test_warnings_are_said_again(tiny, run: Run, monkeypatch):
    edit(tiny / SONG, "worms.", "worms.\n- and berries.")
    time.sleep(2 * spare._GRAIN)
    for _ in range(2):
        told = run("check", "--root", tiny).output
    assert "warning[glued-list]" in told
    monkeypatch.setattr(finish, "sheets", lambda *arguments: pytest.fail("the deck was gone over again"))
    assert run("check", "--root", tiny).output == told


@pytest.mark.parametrize(
    "name",
    [
        SONG,
        "cards/robin.svg",
        "figures/wing.py",
        "templates/style.css",
        "templates/figure.html",
        "templates/cloze/back.html",
        "pyproject.toml",
        "deck.lock",
        "dist/birds.apkg",
    ],
)
def test_a_byte_more_anywhere_is_seen(settled, run: Run, idle, name):
    with (settled / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(pytest.fail.Exception, match="gone over again"):
        run("--root", settled)


@pytest.mark.parametrize("name", ["cards/02.md", "cards/wren.svg", "templates/qa/x.html", "figures/_style.py"])
def test_a_file_more_anywhere_is_seen(settled, run: Run, idle, name):
    (settled / name).write_text("x")
    with pytest.raises(pytest.fail.Exception, match="gone over again"):
        run("--root", settled)


def test_a_file_that_keeps_its_size_and_its_time_is_seen(settled, run: Run, idle):
    path = settled / SONG
    then = path.stat()
    edit(path, "at dusk", "at dawn")
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    with pytest.raises(pytest.fail.Exception, match="gone over again"):
        run("--root", settled)


def test_a_package_that_was_deleted_is_made_again(settled, run: Run):
    package = settled / "dist" / "birds.apkg"
    before = package.read_bytes()
    package.unlink()
    run("--root", settled)
    assert package.read_bytes() == before


def test_a_picture_that_was_deleted_is_drawn_again(settled, run: Run):
    picture = next((settled / "build" / "figures").glob("*-dark.svg"))
    picture.unlink()
    assert "1 picture drawn" in run("--root", settled).output
    assert picture.is_file()


def test_a_picture_outside_the_deck_s_folders_counts(tiny, run: Run, monkeypatch):
    shutil.move(tiny / "cards" / "robin.svg", tiny / "robin.svg")
    edit(tiny / SONG, "(robin.svg)", "(../robin.svg)")
    time.sleep(2 * spare._GRAIN)
    for _ in range(2):
        run("--root", tiny)
    time.sleep(2 * spare._GRAIN)
    run("--root", tiny)
    edit(tiny / "robin.svg", "<svg ", "<svg  ")
    monkeypatch.setattr(finish, "sheets", lambda *arguments: pytest.fail("the deck was gone over again"))
    with pytest.raises(pytest.fail.Exception, match="gone over again"):
        run("--root", tiny)


def test_after_a_build_that_shows_another_picture_nothing_is_made_either(settled, run: Run, monkeypatch):
    shutil.copy(settled / "cards" / "robin.svg", settled / "wren.svg")
    edit(settled / SONG, "(robin.svg)", "(../wren.svg)")
    time.sleep(2 * spare._GRAIN)
    run("--root", settled)
    monkeypatch.setattr(finish, "sheets", lambda *arguments: pytest.fail("the deck was gone over again"))
    run("--root", settled)


def test_another_commit_and_a_merge_that_goes_on_are_seen(settled, run: Run, idle):
    def git(*arguments: str) -> None:
        named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *named, *arguments], cwd=settled, check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    with pytest.raises(pytest.fail.Exception, match="gone over again"):
        run("--root", settled)


def test_each_command_folder_and_choice_of_languages_has_its_own_answer(settled, run: Run, idle, tmp_path):
    for other in (["-o", tmp_path / "elsewhere"], ["--lang", "en"]):
        with pytest.raises(pytest.fail.Exception, match="gone over again"):
            run("--root", settled, *other)


def test_what_is_touched_while_a_build_goes_on_is_gone_over_again(tiny, run: Run, monkeypatch):
    run("--root", tiny)
    sheets = finish.sheets

    def touching(*arguments):
        found = sheets(*arguments)
        edit(tiny / SONG, "at dusk", "at night")
        return found

    time.sleep(2 * spare._GRAIN)
    monkeypatch.setattr(finish, "sheets", touching)
    edit(tiny / SONG, "the roof", "a roof")
    run("--root", tiny)
    monkeypatch.setattr(finish, "sheets", sheets)
    assert "1 changed" in run("--root", tiny).output


def test_a_warning_that_another_hour_ends_is_not_kept(settled, run: Run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1500000000")
    assert "warning[future-time]" in run("check", "--root", settled).output
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert "future-time" not in run("check", "--root", settled).output


def test_a_build_that_fails_is_told_each_time(settled, run: Run):
    (settled / "cards" / "02.md").write_text("# Nest\n\n## nest\n")
    first = run("--root", settled, exit_code=1).output
    assert run("--root", settled, exit_code=1).output == first
