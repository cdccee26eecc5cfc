"""Where the tests work: this repository, the tiny deck, and what a learner does with a package in the real Anki."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageRequest, ImportLogWithChanges
from click.testing import Result

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
SONG = "cards/01-song.md"
Run = Callable[..., Result]


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that stands once in a file."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), "utf-8")


def imported(collection: Collection, package: Path) -> ImportLogWithChanges.Log:
    """Imports a package as a fresh profile's dialog would, and yields Anki's log."""
    options = collection._backend.get_import_anki_package_presets()
    request = ImportAnkiPackageRequest(package_path=str(package), options=options)
    return collection.import_anki_package(request).log
