"""The command line: what it prints, writes, and leaves alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from desk import ROOT, Run, imported

import build
from deckwright import write
from deckwright.identify import identity
from deckwright.model import FIELDS


def test_without_a_command_it_builds_and_says_what_in_one_line_a_package(tiny, run: Run):
    told = run("--root", tiny).output
    line = r"birds\.apkg: 3 notes, 5 cards: 3 new, 0 changed, 0 retired; 1 picture drawn; \d+ kB in \d+\.\d\d s\n"
    assert re.fullmatch(line, told)
    assert (tiny / "dist" / "birds.apkg").is_file() and (tiny / "deck.lock").is_file()


def test_it_counts_what_changed_since_the_last_build(tiny, run: Run):
    run("--root", tiny)
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?").split("## robin")[0])
    assert "2 notes, 3 cards: 0 new, 1 changed, 1 retired; 0 pictures" in run("--root", tiny).output


def test_check_tells_and_writes_no_package_and_no_lock(tiny, run: Run):
    assert run("check", "--root", tiny).output == "3 notes, no errors\n"
    assert not (tiny / "dist").exists() and not (tiny / "deck.lock").exists()


def test_output_names_the_folder_of_the_packages(tiny, run: Run, tmp_path):
    run("--root", tiny, "-o", tmp_path / "there")
    assert (tmp_path / "there" / "birds.apkg").is_file() and not (tiny / "dist").exists()


def test_locked_builds_what_the_lock_holds_and_refuses_what_it_does_not(tiny, run: Run):
    run("--root", tiny)
    before = (tiny / "deck.lock").read_bytes()
    run("--root", tiny, "--locked")
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?"))
    told = run("--root", tiny, "--locked", exit_code=1).output
    assert "error[lock-behind]: `en/blackbird` differs from deck.lock\n --> cards/01-song.md:6:4" in told
    assert (tiny / "deck.lock").read_bytes() == before


def test_lang_builds_one_language_and_keeps_the_other_s_lock(tiny, run: Run):
    settings = tiny / "pyproject.toml"
    settings.write_text(settings.read_text() + 'languages.de = { title = "Vögel" }\n')
    for key in ("en", "de"):
        (tiny / "cards" / key).mkdir()
        (tiny / "cards" / key / "a.md").write_text("# A\n\n## wren\n\nWho?\n\n---\n\nWren.\n")
    run("--root", tiny)
    german = [line for line in (tiny / "deck.lock").read_text().splitlines() if " de/" in line]
    (tiny / "cards" / "de" / "a.md").unlink()
    (tiny / "cards" / "01-song.md").unlink()
    assert run("--root", tiny, "--lang", "en").output.startswith("birds-en.apkg: 1 note, 1 card")
    assert [line for line in (tiny / "deck.lock").read_text().splitlines() if " de/" in line] == german


@pytest.mark.parametrize(
    "arguments", [["--lang", "fr"], ["--root", "/nowhere"], ["bulid"], ["--locekd"]], ids=lambda words: words[0]
)
def test_wrong_usage_exits_2(tiny, run: Run, arguments):
    run(*(["--root", tiny] if "--lang" in arguments else []), *arguments, exit_code=2)


def test_a_warning_does_not_stop_the_build(tiny, run: Run):
    settings = tiny / "pyproject.toml"
    settings.write_text(settings.read_text() + 'languages.de = { title = "Vögel" }\n')
    for key, slugs in {"en": ["wren", "owl"], "de": ["wren"]}.items():
        (tiny / "cards" / key).mkdir()
        cards = "".join(f"## {slug}\n\nWho?\n\n---\n\nHim.\n\n" for slug in slugs)
        (tiny / "cards" / key / "a.md").write_text(f"# A\n\n{cards}")
    told = run("--root", tiny).output
    assert "warning[untranslated]: `owl` is not there in de\n  --> cards/en/a.md:11:4" in told
    assert "birds-de.apkg: 1 note, 1 card" in told


def test_a_bug_of_ours_keeps_its_traceback(tiny, run: Run, monkeypatch):
    monkeypatch.setattr(build.pack, "package", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("--root", tiny)
    assert not (tiny / "deck.lock").exists() and not (tiny / "dist").exists()


def bytes_of(root: Path, seed: str, folder: Path) -> bytes:
    """The package of the deck in `root`, built by a process of its own with another hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(root), "-o", str(folder)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return (folder / "birds.apkg").read_bytes()


def test_the_same_sources_and_lock_give_the_same_bytes(tiny, tmp_path):
    first = bytes_of(tiny, "1", tmp_path / "a")
    shutil.rmtree(tiny / "build")
    assert bytes_of(tiny, "2", tmp_path / "b") == first
    elsewhere = shutil.copytree(tiny, tmp_path / "elsewhere")
    assert bytes_of(elsewhere, "3", tmp_path / "c") == first


def test_a_file_is_written_where_one_byte_differs_and_left_alone_where_none_does(tmp_path):
    path, data = tmp_path / "large", bytes(3_000_000)
    assert write.files({path: data}, tmp_path) == []
    before = path.stat().st_ino
    assert write.files({path: data}, tmp_path) == []
    assert path.stat().st_ino == before
    for other in (data[:-1] + b"x", b"x" + data[1:], data + b"x", data[:-1]):
        assert write.files({path: other}, tmp_path) == []
        assert path.read_bytes() == other


def test_a_package_is_deflated_and_dated_alike_and_holds_only_what_notes_show(tiny, run: Run):
    run("--root", tiny)
    with zipfile.ZipFile(tiny / "dist" / "birds.apkg") as archive:
        assert {(entry.compress_type, entry.date_time) for entry in archive.infolist()} == {
            (zipfile.ZIP_DEFLATED, (1980, 1, 1, 0, 0, 0))
        }
        names = json.loads(archive.read("media"))
        assert sorted(names) == [entry.filename for entry in archive.infolist()][2:] == ["0", "1", "2"]
        assert all(re.fullmatch(r"birds-[a-z0-9-]+-[0-9a-f]{12}(-light|-dark)?\.svg", name) for name in names.values())


def test_notes_keep_their_own_times_ids_and_positions_in_the_package(tiny, run: Run, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    run("--root", tiny)
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760086400")
    run("--root", tiny)
    with zipfile.ZipFile(tiny / "dist" / "birds.apkg") as archive:
        archive.extract("collection.anki2", tmp_path)
    database = sqlite3.connect(tmp_path / "collection.anki2")
    notes = database.execute("select substr(flds, 1, instr(flds, char(31)) - 1), mod from notes order by id").fetchall()
    assert notes == [("blackbird", 1760086400), ("wren", 1760000000), ("robin", 1760000000)]
    cards = database.execute("select nid, id - nid, ord, due from cards order by id").fetchall()
    assert [(step, ordinal, due) for _, step, ordinal, due in cards] == [
        (1, 0, 100),
        (1, 0, 200),
        (2, 1, 200),
        (1, 0, 300),
        (2, 1, 300),
    ]


def models(package: Path, folder: Path) -> list[dict[str, object]]:
    """The note types in a package, as Anki reads them."""
    with zipfile.ZipFile(package) as archive:
        archive.extract("collection.anki2", folder)
    (text,) = sqlite3.connect(folder / "collection.anki2").execute("select models from col").fetchone()
    return sorted(json.loads(text).values(), key=lambda model: str(model["name"]))


def test_note_types_fields_and_templates_carry_ids_that_never_move(tiny, run: Run, tmp_path):
    run("--root", tiny)
    cloze, qa = models(tiny / "dist" / "birds.apkg", tmp_path)
    assert (qa["name"], qa["sortf"], qa["req"]) == ("Birds QA", 0, [])
    assert [field["id"] for field in qa["flds"]] == [
        identity("field", "birds", f"en/qa/{name}") for name in FIELDS["qa"]
    ]
    assert [side["id"] for side in qa["tmpls"]] == [
        identity("template", "birds", f"en/qa/{name}") for name in ("Forward", "Reverse")
    ]
    assert all(
        isinstance(part["id"], int) and part["id"] < 2**53 for part in [*qa["flds"], *qa["tmpls"], *cloze["flds"]]
    )


def test_decks_have_their_descriptions_in_anki(tiny, run: Run, collection):
    run("--root", tiny)
    imported(collection, tiny / "dist" / "birds.apkg")
    described = {deck["name"]: deck["desc"] for deck in collection.decks.all()}
    assert described["Birds"] == "<p>Birds of the <strong>garden</strong>.</p>"
    assert described["Birds::Song"] == "<p>Who sings, and when.</p>"


def test_two_captions_that_differ_in_their_formula_only_are_two(tiny):
    card = tiny / "cards" / "01-song.md"
    text = card.read_text().replace("![A robin](robin.svg)", "![As $x$](robin.svg) ![As $y$](robin.svg)")
    card.write_text(text)
    made = build.make(tiny, ())
    robin = next(note for note in made.notes if note.slug == "robin")
    assert 'alt="As x"' in robin.fields[2] and 'alt="As y"' in robin.fields[2]


@pytest.mark.parametrize("told", ["abc", "-5", "0", "17e8"])
def test_a_time_that_is_none_is_wrong_usage(tiny, run: Run, monkeypatch, told):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", told)
    assert "it takes seconds since 1970" in run("--root", tiny, exit_code=2).output
    assert not (tiny / "deck.lock").exists()


def test_files_that_no_language_reads_and_lists_that_are_none_are_warned_of(tiny, run: Run):
    (tiny / "cards" / "02.MD").write_text("# Nests\n")
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("Its young", "Its young:\n- one\n- two\n  - three\n\n\\(x\\)\n\nThey"))
    told = run("--root", tiny).output
    assert "warning[unread-file]: `02.MD` is not read" in told
    assert "warning[glued-list]: this item is glued to text, and no list\n  --> cards/01-song.md:21:1" in told
    assert "warning[flat-list]: this item is not nested under the one above\n  --> cards/01-song.md:23:1" in told
    assert "warning[tex-bracket]: `\\(` shows a bracket" in told


def test_a_reverse_front_that_every_note_would_fill_is_warned_of(tiny, run: Run):
    (tiny / "templates" / "qa" / "reverse-front.html").write_text("{{ field.Answer }}")
    assert "warning[always-reverse]" in run("--root", tiny).output


def test_a_heading_or_title_that_changed_is_warned_of(tiny, run: Run):
    run("--root", tiny)
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("# Song", "# Songs"))
    told = run("--root", tiny).output
    assert "warning[moved-deck]: 3 notes moved to `Birds::Songs` for new learners only" in told
    assert "0 new, 0 changed" in told


def committed(root: Path) -> None:
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)


def test_diff_tells_what_changed_since_the_last_commit_of_the_lock_or_since_a_package(tiny, run: Run):
    (tiny / ".gitignore").write_text("build/\ndist/\n")
    run("--root", tiny)
    committed(tiny)
    released = shutil.copy(tiny / "dist" / "birds.apkg", tiny / "dist" / "old.apkg")
    assert "Nothing changed" in run("diff", "--root", tiny).output
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?"))
    told = run("diff", "--root", tiny).output
    assert told.startswith("# Birds\n\n**1 reworded.**") and "~~dusk~~ **night**" in told
    assert run("diff", "--root", tiny, released).output == told
    data = json.loads(run("diff", "--root", tiny, "--json").output)
    assert data["en"]["default_options"] is True
    assert (tiny / "dist" / "birds.apkg").read_bytes() == Path(released).read_bytes()


def test_diff_and_verify_say_what_to_name_where_nothing_is_committed(tiny, run: Run):
    assert "name the package that learners have" in run("diff", "--root", tiny, exit_code=2).output
    assert "name the package that learners have" in run("verify", "--root", tiny, exit_code=2).output


def test_verify_tells_what_learners_keep_and_exits_0(tiny, run: Run):
    (tiny / ".gitignore").write_text("build/\ndist/\n")
    run("--root", tiny)
    committed(tiny)
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?"))
    told = run("verify", "--root", tiny).output
    assert "with the default options:" in told and "with Merge note types:" in told
    assert "updated: 1 note that the author changed and the learner did not: `blackbird`" in told
    assert "LOST" not in told


def test_verify_exits_1_where_something_is_lost(tiny, run: Run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run("--root", tiny)
    released = shutil.copy(tiny / "dist" / "birds.apkg", tiny / "released.apkg")
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("at dusk?", "at night?"))
    lock = tiny / "deck.lock"
    lock.write_text(lock.read_text().replace(" 1700000000 ", " 1600000000 "))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert "LOST: " in run("verify", "--root", tiny, released, exit_code=1).output


def without_figures(root: Path) -> None:
    card = root / "cards" / "01-song.md"
    card.write_text(card.read_text().replace("![A wing, drawn](../figures/wing.py?feathers=5)\n", ""))


def test_a_deck_without_figures_is_verified_too(tiny, run: Run):
    without_figures(tiny)
    (tiny / ".gitignore").write_text("build/\ndist/\n")
    run("--root", tiny)
    committed(tiny)
    shutil.rmtree(tiny / "build")
    assert "LOST" not in run("verify", "--root", tiny).output


def test_what_stands_in_the_way_of_build_is_a_problem_where_pictures_must_be_kept_and_else_none(tiny, run: Run):
    (tiny / "build").write_text("in the way")
    told = run("--root", tiny, exit_code=1).output
    assert "error[not-written]: pictures can't be kept there" in told and " --> build/figures:1:1" in told
    without_figures(tiny)
    run("--root", tiny)


def test_a_release_with_notes_that_the_lock_never_knew_has_nothing_to_say_farewell_to(tiny, run: Run):
    run("--root", tiny)
    released = shutil.copy(tiny / "dist" / "birds.apkg", tiny / "released.apkg")
    (tiny / "deck.lock").unlink()
    card = tiny / "cards" / "01-song.md"
    card.write_text(card.read_text().split("## robin")[0])
    run("--root", tiny, "--retired", released)
    assert not (tiny / "dist" / "birds-retired.apkg").exists()
