"""Every mistake that an author can make is told at its place, with the next step, and nothing is written.

Each file of bad/ is one mistake: first what must be told, word for word, then the files that make it, laid over
the tiny deck. A new case needs no Python.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import build

HERE = Path(__file__).parent
FILES = sorted((HERE / "bad").glob("*.md"))
BLOCK = re.compile(r"^~~~~ (?P<path>\S+)(?P<how>[^\n]*)\n(?P<text>.*?)^~~~~$", re.DOTALL | re.MULTILINE)


def laid_out(bad: str, root: Path) -> Path:
    """The tiny deck without its cards, and over it the files that `bad` holds."""
    shutil.copytree(HERE / "tiny", root, ignore=shutil.ignore_patterns("01-song.md"))
    for block in list(BLOCK.finditer(bad))[1:]:
        path, how, text = root / block["path"], block["how"].split(), block["text"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if "absent" in how:
            path.unlink(missing_ok=True)
        else:
            text = text.removesuffix("\n") if "cut" in how else text
            path.write_bytes(text.encode("latin-1" if "latin-1" in how else "utf-8"))
    return root


def told(root: Path) -> str:
    """What the build says of the deck in `root`, which it must refuse."""
    result = CliRunner().invoke(build.main, ["--root", str(root)], catch_exceptions=False)
    assert result.exit_code == 1, result.output
    return result.output


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_told_as_its_file_says_and_nothing_is_written(file: Path, tmp_path: Path) -> None:
    bad = file.read_text("utf-8")
    root = laid_out(bad, tmp_path / "deck")
    package = root / "dist" / "birds.apkg"
    package.parent.mkdir()
    package.write_text("the old package")
    lock = root / "deck.lock"
    before = lock.read_bytes() if lock.exists() else None

    complaint = next(BLOCK.finditer(bad))["text"]
    assert told(root).strip() == complaint.strip()

    assert package.read_text() == "the old package"
    assert (lock.read_bytes() if lock.exists() else None) == before
    assert [path.name for path in package.parent.iterdir()] == ["birds.apkg"]
