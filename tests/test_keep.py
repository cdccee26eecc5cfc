"""What is kept under build/ never changes a byte of the result, whatever became of its files."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import ROOT, SONG, Run, edit

import build
from bench import deck as made_up
from deckwright import configure, finish, keep, render, restore, spare, spread, squeeze

KEPT = ("finished.db", "packed.db")
EDITS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda root: None,
    "a word": lambda root: edit(root / SONG, "at dusk", "at night"),
    "a word of a cloze": lambda root: edit(root / SONG, "is small", "is tiny"),
    "a tag": lambda root: edit(root / SONG, "tags: evening", "tags: night"),
    "a source": lambda root: edit(root / SONG, "p. 12", "p. 13"),
    "the description": lambda root: edit(root / SONG, "Who sings, and when.", "Who sings?"),
    "the heading": lambda root: edit(root / SONG, "# Song", "# Songs"),
    "a caption": lambda root: edit(root / SONG, "A wing, drawn", "Another wing"),
    "a figure's argument": lambda root: edit(root / SONG, "feathers=5", "feathers=6"),
    "a figure's script": lambda root: edit(root / "figures/wing.py", "[0, feather]", "[0, 2 * feather]"),
    "a picture": lambda root: edit(root / "cards/robin.svg", "<svg ", "<svg  "),
    "a partial": lambda root: edit(root / "templates/figure.html", "{{ caption }}", "({{ caption }})"),
    "a template": lambda root: edit(root / "templates/qa/back.html", "More", "Further"),
    "the style": lambda root: edit(root / "templates/style.css", "black", "#111"),
    "the language's title": lambda root: edit(root / "pyproject.toml", 'title = "Birds"', 'title = "All birds"'),
    "a line above all cards": lambda root: edit(root / SONG, "Who sings, and when.", "Who sings,\nand when."),
    "a card more": lambda root: (root / SONG).write_text(
        (root / SONG).read_text("utf-8") + "\n## tit\n\nWho is blue?\n\n---\n\nThe tit.\n", "utf-8"
    ),
    "a card fewer": lambda root: (root / SONG).write_text(
        (root / SONG).read_text("utf-8").partition("## robin")[0], "utf-8"
    ),
    "a file more": lambda root: (root / "cards/00.md").write_text("# Nest\n\n## nest\n\nWhere?\n\n---\n\nThere.\n"),
}


@pytest.fixture(autouse=True)
def the_same_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """New notes are born now: here, now is always the same."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")


def built(root: Path, run: Run) -> tuple[bytes, bytes]:
    """The package and the lock."""
    run("--root", root)
    return (root / "dist" / "birds.apkg").read_bytes(), (root / "deck.lock").read_bytes()


def anew(root: Path, run: Run, folder: Path) -> tuple[bytes, bytes]:
    """What is built of the same sources and lock where nothing is kept but drawn pictures."""
    copy = shutil.copytree(root, folder, ignore=shutil.ignore_patterns("*.db", "last-*.json", "dist"))
    return built(copy, run)


@pytest.mark.parametrize("change", EDITS)
def test_an_edit_builds_the_bytes_that_a_clean_build_makes_of_it(tiny, run: Run, tmp_path, change):
    built(tiny, run)
    assert all((tiny / "build" / name).is_file() for name in KEPT)
    EDITS[change](tiny)
    assert anew(tiny, run, tmp_path / "anew") == built(tiny, run)


def test_finished_notes_are_used(tiny, run: Run):
    first, _ = built(tiny, run)
    with sqlite3.connect(tiny / "build" / "finished.db") as file:
        for key, made, data in file.execute("SELECT name, made, data FROM kept").fetchall():
            wrong = data.replace(b"sings in winter", b"sings in summer")
            row = (wrong, keep._checksum(key, made, wrong), key)
            file.execute("UPDATE kept SET data = ?, sum = ? WHERE name = ?", row)
    (tiny / "dist" / "birds.apkg").unlink()
    assert built(tiny, run)[0] != first


def test_who_goes_on_forgets_all_when_a_partial_changes(tiny):
    memory = build.Memory({}, {})
    before = build.make(tiny, (), memory=memory).notes
    assert build.make(tiny, (), memory=memory).notes == before
    EDITS["a partial"](tiny)
    fields = build.make(tiny, (), memory=memory).notes[0].fields
    assert "(A wing, drawn)" in fields[2] and "(A wing, drawn)" not in before[0].fields[2]


def test_of_an_edited_file_only_the_edited_texts_are_made_anew(tiny, run: Run, monkeypatch):
    built(tiny, run)
    EDITS["a word"](tiny)
    made: list[str] = []
    html = restore.html
    monkeypatch.setattr(restore, "html", lambda text, shown: (made.append(text.markdown), html(text, shown))[1])
    built(tiny, run)
    assert len(made) == 1 and "at night" in made[0]


def test_deflated_blocks_are_used(tiny, run: Run, monkeypatch):
    built(tiny, run)
    (tiny / "dist" / "birds.apkg").unlink()
    monkeypatch.setattr(squeeze, "_deflated", lambda data: pytest.fail("it was deflated again"))
    built(tiny, run)


HARM: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "cut at its end": lambda data: data[:-10],
    "zeros": lambda data: bytes(len(data)),
    "a changed head": lambda data: b"X" + data[1:],
    "changed in the middle": lambda data: data[: len(data) // 2] + b"XYZ" + data[len(data) // 2 + 3 :],
    "other text": lambda data: b"[1, 2]",
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", [*KEPT, "last"])
def test_a_harmed_file_is_as_good_as_none(tiny, run: Run, tmp_path, name, harm):
    first = built(tiny, run)
    built(tiny, run)
    for path in [*(tiny / "build").glob(f"{name}*")]:
        path.write_bytes(HARM[harm](path.read_bytes()))
    assert built(tiny, run) == first
    EDITS["a word"](tiny)
    assert anew(tiny, run, tmp_path / "anew") == built(tiny, run)


def test_every_byte_of_what_is_kept_may_be_wrong(tiny, run: Run, tmp_path):
    built(tiny, run)
    EDITS["a word"](tiny)
    expected = anew(tiny, run, tmp_path / "anew")
    for name in KEPT:
        whole = (tiny / "build" / name).read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 40)):
            (tiny / "build" / name).write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
            (tiny / "dist" / "birds.apkg").unlink(missing_ok=True)
            for last in (tiny / "build").glob("last-*"):
                last.unlink()
            assert built(tiny, run) == expected, (name, at)


def test_what_other_makers_kept_is_not_used(tiny, run: Run, monkeypatch):
    first = built(tiny, run)
    project, _ = configure.project(tiny)
    shelf = keep.shelf(tiny / "build" / "finished.db", "another Markdown")
    assert shelf.take("en/cards/01-song.md") == ("", None)
    made = finish._made(project, project.languages[0], tiny / SONG)
    shelf.put([keep.row("en/cards/01-song.md", made, ("stale",) * 7)])
    assert built(tiny, run) == first


def test_a_thing_kept_under_another_name_or_digest_is_not_taken(tmp_path):
    shelf = keep.shelf(tmp_path / "x.db", "mark")
    assert shelf.put([keep.row("one", "made", ("a", 1, None, (2.5, b"c")))])
    assert shelf.take("one") == ("made", ("a", 1, None, (2.5, b"c")))
    assert shelf.connection
    shelf.connection.execute("UPDATE kept SET name = 'two'")
    assert shelf.take("one") == shelf.take("two") == ("", None)


def test_a_shelf_where_none_can_be_is_an_empty_one(tmp_path):
    (tmp_path / "file").write_text("in the way")
    shelf = keep.shelf(tmp_path / "file" / "x.db", "mark")
    assert not shelf.put([keep.row("one", "made", "a")])
    assert shelf.take("one") == ("", None)


def test_files_are_finished_alike_by_this_process_and_by_others(tiny, run: Run, tmp_path, monkeypatch):
    for number in range(4):
        text = f"# Nest {number}\n\n## nest-{number}\n\nWhere is $x_{number}$?\n\n---\n\n- There, `{number}`.\n"
        (tiny / "cards" / f"{number}.md").write_text(text, "utf-8")
    alone = anew(tiny, run, tmp_path / "alone")
    asked: list[int] = []
    workers = spread.workers
    monkeypatch.setattr(finish, "_MUCH", 0)
    monkeypatch.setattr(finish, "_BATCH", 100)
    monkeypatch.setattr(spread, "cores", lambda: 2)
    monkeypatch.setattr(spread, "workers", lambda most: (asked.append(most), workers(most))[1])
    assert built(tiny, run) == alone
    assert asked[0] > 1


def text_of(root: Path, run: Run) -> bytes:
    """What the package of a build says."""
    run("--root", root)
    with zipfile.ZipFile(root / "dist" / "birds.apkg") as archive:
        return archive.read("collection.anki2")


def test_one_card_twice_in_a_file_is_told_by_other_processes_too(tiny, run: Run, monkeypatch):
    card = "\n## nest\n\nWhere?\n\n---\n\nThere.\n"
    (tiny / "cards" / "0.md").write_text(f"# Nest\n{card}{card}", "utf-8")
    monkeypatch.setattr(finish, "_MUCH", 0)
    monkeypatch.setattr(spread, "cores", lambda: 2)
    assert "error[duplicate-slug]: a second card `nest`" in run("--root", tiny, exit_code=1).output


def test_a_file_that_is_saved_while_it_is_read_is_gone_over_again(tiny, run: Run, monkeypatch):
    passage = finish.read.passage

    def late(path: Path, name: str):
        if path.suffix == ".md":
            edit(path, "at dusk", "at night")
        return passage(path, name)

    monkeypatch.setattr(finish.read, "passage", late)
    assert b"at night" in text_of(tiny, run)
    monkeypatch.setattr(finish.read, "passage", passage)
    edit(tiny / SONG, "at night", "at dusk")
    assert b"at dusk" in text_of(tiny, run)


def test_of_a_file_that_is_gone_nothing_is_kept(tiny, run: Run):
    EDITS["a file more"](tiny)
    run("--root", tiny)
    shelf = keep.shelf(tiny / "build" / "finished.db", spare.stamp() + render.surroundings(configure.project(tiny)[0]))
    assert {name.partition(" ")[0] for name in shelf.names()} >= {"en/cards/00.md", "en/cards/01-song.md"}
    (tiny / "cards/00.md").unlink()
    EDITS["a word"](tiny)
    run("--root", tiny)
    assert {name for name in shelf.names() if "/" in name} == {"en/cards/01-song.md", "en/cards/01-song.md fields"}


def test_fields_that_went_from_the_shelf_meanwhile_are_made_again(tiny, run: Run):
    before = built(tiny, run)[0]
    notes = build.make(tiny, ()).notes
    with sqlite3.connect(tiny / "build" / "finished.db") as file:
        file.execute("DELETE FROM kept WHERE name LIKE '% fields'")
    assert all(isinstance(note.fields, keep.Shelved) for note in notes)
    assert [note.fields[0] for note in notes] == [note.slug for note in notes]
    (tiny / "dist" / "birds.apkg").unlink()
    assert built(tiny, run)[0] == before


def test_fields_that_another_build_replaced_by_those_of_a_later_save_are_not_packed(tiny, run: Run, monkeypatch):
    built(tiny, run)
    first = (tiny / "dist" / "birds.apkg").read_bytes()
    EDITS["a tag"](tiny)
    make = build.make

    def overtaken(*arguments, **options):
        made = make(*arguments, **options)
        EDITS["a word"](tiny)
        make(*arguments, **options)
        return made

    monkeypatch.setattr(build, "make", overtaken)
    told = run("--root", tiny, exit_code=1).output
    assert "01-song.md was saved while the deck was built: build again" in told
    assert (tiny / "dist" / "birds.apkg").read_bytes() == first


def test_one_language_built_alone_leaves_what_was_kept_of_another(tiny, run: Run, tmp_path):
    (tiny / "cards" / "en").mkdir()
    (tiny / "cards" / "de").mkdir()
    for name in ("01-song.md", "robin.svg"):
        (tiny / "cards" / name).rename(tiny / "cards" / "en" / name)
    edit(tiny / "cards" / "en" / "01-song.md", "../figures/", "../../figures/")
    (tiny / "cards" / "de" / "01.md").write_text("# Lied\n\n## wren\n<!-- type: cloze -->\n\n{{c1::Klein}}\n", "utf-8")
    settings = tiny / "pyproject.toml"
    settings.write_text(settings.read_text("utf-8") + 'languages.de = { title = "Vögel" }\n', "utf-8")
    run("--root", tiny)
    edit(tiny / "cards" / "de" / "01.md", "Klein", "Sehr klein")
    run("--root", tiny, "--lang", "de")
    shelf = sqlite3.connect(tiny / "build" / "finished.db")
    assert {name for (name,) in shelf.execute("SELECT name FROM kept")} > {
        "en/cards/en/01-song.md",
        "de/cards/de/01.md",
    }
    shelf.close()


def test_problems_are_told_alike_by_this_process_and_by_others(tiny, run: Run, monkeypatch):
    (tiny / "cards" / "0.md").write_text("# Nest\n\n## nest\n\nWhere is $\\foo$?\n\n## Bad\n\nx\n", "utf-8")
    here = run("--root", tiny, exit_code=1).output
    monkeypatch.setattr(finish, "_MUCH", 0)
    assert run("--root", tiny, exit_code=1).output == here
    # A file with an error is gone over again until it has none; one with a mere warning tells it each time.
    assert run("--root", tiny, exit_code=1).output == here


@pytest.mark.parametrize("size", [1, 60, 300])
def test_a_deck_of_any_size_is_the_same_bytes_with_and_without_what_was_kept(run: Run, tmp_path, size):
    root = tmp_path / "bench"
    made_up.main.callback(root, size, "deckwright", False)  # type: ignore[misc]
    run("--root", root)
    for turn in range(3):
        path = root / "cards" / f"{1 + turn % ((size + 49) // 50):04}.md"
        path.write_text(path.read_text("utf-8").replace("number ", f"number {turn} ", 1), "utf-8")
        copy = shutil.copytree(root, tmp_path / str(turn), ignore=shutil.ignore_patterns("build", "dist"))
        for folder in (root, copy):
            run("--root", folder)
        for name in ("deck.lock", "dist/bench.apkg"):
            assert (copy / name).read_bytes() == (root / name).read_bytes()


def test_the_stamp_covers_every_room_the_story_and_the_makers_versions(monkeypatch, tmp_path):
    before = spare.stamp()
    assert before == spare.stamp()
    (tmp_path / "site-packages" / "Markdown-9.9.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert spare.stamp() != before
    assert (ROOT / "deckwright" / "render.py").is_file()
