"""Where the tests work: this repository, the tiny deck, and what a learner does with a package in the real Anki."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageRequest, ImportLogWithChanges
from click.testing import Result

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
Run = Callable[..., Result]


def imported(collection: Collection, package: Path) -> ImportLogWithChanges.Log:
    """Imports a package as a fresh profile's dialog would, and yields Anki's log."""
    options = collection._backend.get_import_anki_package_presets()
    request = ImportAnkiPackageRequest(package_path=str(package), options=options)
    return collection.import_anki_package(request).log
