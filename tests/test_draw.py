"""Figures: drawn when something that they depend on changed, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from desk import ROOT, Run

from deckwright import draw, finish, keep
from deckwright.configure import project
from deckwright.model import Project, Sheet


def names(root: Path) -> list[str]:
    """The names of the pictures that the deck in `root` shows."""
    settings, _ = project(root)
    return [figure.picture.light.name for figure in draw.figures(sheets(settings))]


def sheets(settings: Project) -> list[Sheet]:
    """The finished card files of a deck."""
    return finish.sheets(settings, settings.languages, keep.shelf(settings.cache / "finished.db", "anew"))


def test_a_picture_is_drawn_for_light_and_for_dark_once(tiny, run: Run):
    assert "1 picture drawn" in run("--root", tiny).output
    light, dark = sorted((tiny / "build" / "figures").iterdir(), key=lambda path: "dark" in path.name)
    assert light.name.endswith("-light.svg") and dark.name.endswith("-dark.svg")
    assert light.read_bytes() != dark.read_bytes()
    assert "0 pictures drawn" in run("--root", tiny).output


@pytest.mark.parametrize("change", ["script", "arguments", "shared module", "its data"])
def test_what_a_picture_depends_on_is_in_its_name(tiny, change):
    script = tiny / "figures" / "wing.py"
    script.write_text("from _shared import x\n" + script.read_text())
    (tiny / "figures" / "_shared.py").write_text("from _deeper import x\n")
    (tiny / "figures" / "_deeper.py").write_text('x = open("_data.csv")\n')
    (tiny / "figures" / "_data.csv").write_text("1\n")
    before = names(tiny)
    if change == "script":
        script.write_text(script.read_text() + "\n")
    elif change == "arguments":
        card = tiny / "cards" / "01-song.md"
        card.write_text(card.read_text().replace("feathers=5", "feathers=6"))
    elif change == "shared module":
        (tiny / "figures" / "_deeper.py").write_text('x = open("_data.csv").read()\n')
    else:
        (tiny / "figures" / "_data.csv").write_text("2\n")
    assert names(tiny) != before


def test_a_shared_file_that_a_script_does_not_use_leaves_its_name(tiny):
    before = names(tiny)
    (tiny / "figures" / "_other.py").write_text("x = 1\n")
    (tiny / "figures" / "_other.csv").write_text("1\n")
    assert names(tiny) == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text + "# a thought\n",
        lambda text: text.replace("axes = fig", "# a thought\n    axes = fig"),
        lambda text: text.replace("fig.add_subplot()", "fig.add_subplot()  # a thought"),
    ],
)
def test_a_comment_in_a_script_draws_nothing_anew(tiny, edit):
    before = names(tiny)
    script = tiny / "figures" / "wing.py"
    assert edit(script.read_text()) != script.read_text()
    script.write_text(edit(script.read_text()))
    assert names(tiny) == before


def test_a_hash_sign_in_a_string_is_no_comment(tiny):
    script = tiny / "figures" / "wing.py"
    text = script.read_text().replace("for feather", 'colour = "#111"\n    for feather')
    script.write_text(text)
    before = names(tiny)
    script.write_text(text.replace("#111", "#222"))
    assert names(tiny) != before


def test_media_names_are_such_as_anki_keeps(tiny):
    (tiny / "cards" / "Röd Hake.SVG").write_bytes((tiny / "cards" / "robin.svg").read_bytes())
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text("utf-8").replace("(robin.svg)", "(<Röd Hake.SVG>)"), "utf-8")
    settings, _ = project(tiny)
    made = sheets(settings)
    assert not list(draw.clashes(settings, made))
    shown = [picture.light.name for sheet in made for image, picture in sheet.pictures if not image.drawn]
    assert shown == ["birds-r-d-hake-012ac7a0774e.svg"]


def test_with_nothing_stale_matplotlib_and_numpy_are_not_imported(tiny, run: Run):
    run("--root", tiny)
    code = "import sys, build; build.main(sys.argv[1:], standalone_mode=False); print(sorted(sys.modules))"
    asked = [sys.executable, "-c", code, "--root", str(tiny)]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "0 pictures drawn" in told
    assert "'matplotlib'" not in told and "'numpy'" not in told


def test_a_picture_is_the_same_bytes_whenever_it_is_drawn(tiny, run: Run):
    run("--root", tiny)
    folder = tiny / "build" / "figures"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    run("--root", tiny)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_progress_shows_where_there_is_a_terminal(tiny):
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(tiny)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=child)
    os.close(child)
    seen = b""
    try:
        while chunk := os.read(parent, 1024):
            seen += chunk
    except OSError:
        pass
    assert process.wait() == 0
    assert b"drawing" in seen and b"100%" in seen
