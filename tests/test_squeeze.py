"""Blocks deflated one by one are a stream like any other, and after an edit most of them are the same."""

from __future__ import annotations

import random
import sqlite3
import zipfile
import zlib
from pathlib import Path

import pytest
from desk import Run

from bench import deck as made_up
from deckwright import keep
from deckwright.keep import NOWHERE, Shelf
from deckwright.squeeze import Blocks


def pages(count: int, seed: int = 1) -> bytes:
    """So many pages of words."""
    dice = random.Random(seed)
    words = [bytes(dice.choices(b"abcdefghij ", k=9)) for _ in range(500)]
    return b"".join(b" ".join(dice.choices(words, k=420))[:4096].ljust(4096, b".") for _ in range(count))


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return keep.shelf(tmp_path / "packed.db", "mark")


def deflated(data: bytes, shelf: Shelf = NOWHERE, piece: int = 1 << 20) -> bytes:
    """The stream of `data`, which comes in pieces."""
    blocks = Blocks(shelf, "deck")
    return b"".join(blocks.compress(data[at : at + piece]) for at in range(0, len(data), piece)) + blocks.flush()


def test_the_pieces_in_which_a_file_is_read_change_no_byte():
    data = pages(300)
    assert deflated(data, piece=1000) == deflated(data, piece=1 << 16) == deflated(data, piece=len(data))


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 400 * 4096, 700 * 4096 + 13])
def test_what_is_deflated_inflates_to_what_it_was(size):
    data = (pages(size // 4096 + 1))[:size]
    assert zlib.decompress(deflated(data), -15) == data


def test_pages_without_any_end_of_a_block_are_cut_all_the_same(shelf):
    data = bytes(4096 * 2000)
    assert zlib.decompress(deflated(data, shelf), -15) == data
    assert len(shelf.names()) == 2  # all but the last are the same


def test_kept_blocks_change_no_byte_and_only_those_of_now_and_of_other_packages_stay(shelf):
    others = {"deck two 0f", "deck"}
    shelf.put([keep.row(name, "x", b"x") for name in ("deck old", *others)])
    data = pages(900)
    first = deflated(data, shelf)
    before = shelf.names()
    assert "deck old" not in before and others < before and len(before) > 5
    edited = data[: 450 * 4096 + 7] + b"EDIT" + data[450 * 4096 + 11 :]
    again = deflated(edited, shelf)
    assert len(before - shelf.names()) <= 2
    assert again == deflated(edited) != first


def test_a_page_more_moves_the_others_and_changes_no_other_block(shelf):
    data = pages(900)
    deflated(data, shelf)
    before = shelf.names()
    deflated(data[: 300 * 4096] + pages(1, seed=2) + data[300 * 4096 :], shelf)
    assert len(before - shelf.names()) <= 2


def test_a_package_is_within_a_tenth_of_level_6_and_any_unzipper_reads_it(run: Run, tmp_path):
    root = tmp_path / "bench"
    made_up.main.callback(root, 500, "deckwright", False)  # type: ignore[misc]
    run("--root", root)
    with zipfile.ZipFile(root / "dist" / "bench.apkg") as archive:
        assert archive.testzip() is None
        entry = archive.getinfo("collection.anki2")
        data = archive.read(entry)
        assert entry.compress_size < 1.1 * len(zlib.compress(data, 6))
        collection = Path(archive.extract(entry, tmp_path))
    connection = sqlite3.connect(collection)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(*) FROM notes").fetchone() == (500,)
    connection.close()
