"""What the tests share: the tiny deck, the command line, and the real Anki."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageRequest, ImportLogWithChanges
from click.testing import CliRunner, Result

import build

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
Run = Callable[..., Result]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small deck of another subject, to change at will."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture
def run() -> Run:
    """Runs build.py with these arguments; fails unless it exits as told."""

    def run_with(*arguments: object, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(build.main, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == exit_code, result.output
        return result

    return run_with


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """An empty collection of the real Anki."""
    opened = Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def imported(collection: Collection, package: Path) -> ImportLogWithChanges.Log:
    """Imports a package as a fresh profile's dialog would, and yields Anki's log."""
    options = collection._backend.get_import_anki_package_presets()
    request = ImportAnkiPackageRequest(package_path=str(package), options=options)
    return collection.import_anki_package(request).log


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with this repository's own decks, built from its sources as they stand."""
    folder = tmp_path_factory.mktemp("dist")
    result = CliRunner().invoke(build.main, ["-o", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder
