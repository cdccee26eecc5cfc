"""Kept HTML never changes a byte of the result, whatever became of its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import ROOT, Run

from deckwright import keep


def built(root: Path, run: Run) -> bytes:
    run("--root", root)
    return (root / "dist" / "birds.apkg").read_bytes()


def test_a_build_from_kept_html_gives_the_bytes_of_one_without(tiny, run: Run):
    first = built(tiny, run)
    assert (tiny / "build" / "texts.json").is_file()
    assert built(tiny, run) == first
    (tiny / "build" / "texts.json").unlink()
    assert built(tiny, run) == first


def test_the_file_is_used(tiny, run: Run):
    first = built(tiny, run)
    path = tiny / "build" / "texts.json"
    html = keep.read(path, keep.stamp())
    assert html
    keep.write(path, keep.stamp(), {key: text.replace("dusk", "night") for key, text in html.items()})
    assert built(tiny, run) != first


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[:-10],
        lambda data: data[:100] + b"X" + data[101:],
        lambda data: b"[1, 2]",
        lambda data: b"0" * 64 + data[64:],
        lambda data: bytes(200),
    ],
    ids=["empty", "truncated", "changed", "other JSON", "other checksum", "zeros"],
)
def test_a_harmed_file_is_as_good_as_none(tiny, run: Run, harm):
    first = built(tiny, run)
    path = tiny / "build" / "texts.json"
    path.write_bytes(harm(path.read_bytes()))
    assert keep.read(path, keep.stamp()) == {}
    assert built(tiny, run) == first


def test_what_other_makers_kept_is_not_used(tiny, run: Run):
    built(tiny, run)
    path = tiny / "build" / "texts.json"
    keep.write(path, "another Markdown", dict.fromkeys(keep.read(path, keep.stamp()), "stale"))
    assert keep.read(path, keep.stamp()) == {}
    assert "stale" not in "".join(keep.read(path, "another").values())


def test_a_changed_partial_or_text_is_made_anew(tiny, run: Run):
    first = built(tiny, run)
    partial = tiny / "templates" / "figure.html"
    partial.write_text(partial.read_text().replace("{{ caption }}", "<p>{{ caption }}</p>"))
    assert built(tiny, run) != first


def test_the_stamp_covers_every_room_and_the_makers_versions(monkeypatch, tmp_path):
    before = keep.stamp()
    assert before == keep.stamp()
    (tmp_path / "site-packages" / "Markdown-9.9.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert keep.stamp() != before
    assert (ROOT / "deckwright" / "render.py").is_file()
