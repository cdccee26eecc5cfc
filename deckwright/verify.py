"""Two releases of a deck -> what its learners keep, tried in throw-away collections of the real Anki."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deckwright.judge import Update, Verdict, verdict
from deckwright.observe import Seen, seen
from deckwright.study import study

if TYPE_CHECKING:
    from anki.collection import Collection

# Each as ticked in Anki's dialog.
DEFAULTS, MERGE = "the default options", "Merge note types"
ALWAYS = "Update notes: Always, Update note types: Always"
_OPTIONS = (DEFAULTS, MERGE, ALWAYS)


class AnkiMissing(Exception):  # noqa: N818 -- it says what is wrong, as Problem does
    """The `anki` package isn't installed."""


class _Refused(Exception):  # noqa: N818
    """Anki raised an error over a package."""


def journeys(old: Path, new: Path, seed: int) -> Iterator[Verdict]:
    """Yields a verdict for each set of import options: `old` is imported, studied and edited, then `new` imported.

    The same packages and seed give the same verdicts. A package that Anki refuses is a loss. Raises AnkiMissing
    before anything is done.
    """
    try:
        import anki.collection  # noqa: F401
    except ImportError as error:
        raise AnkiMissing("the package `anki` is not installed") from error
    return _journeys(old, new, seed)


def _journeys(old: Path, new: Path, seed: int) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory(prefix="deckwright-verify-") as name:
        folder = Path(name)
        try:
            shipped = _fresh(folder / "new", new)
            released = _fresh(folder / "learner", old)
        except _Refused as error:
            yield from (Verdict(options, (), (str(error),)) for options in _OPTIONS)
            return
        fates = {guid: _fate(guid, released, shipped) for guid in released.notes}
        pictures = sorted(name for name in shipped.files.keys() - released.files.keys() if name[0] != "_")
        study(_opened, folder / "learner", fates, pictures, seed)
        for number, options in enumerate(_OPTIONS):
            copy = shutil.copytree(folder / "learner", folder / str(number))
            try:
                yield verdict(options, _update(copy, new, options, released, shipped))
            except _Refused as error:
                yield Verdict(options, (), (str(error),))


@contextmanager
def _opened(folder: Path) -> Iterator[Collection]:
    from anki.collection import Collection

    folder.mkdir(exist_ok=True)
    collection = Collection(str(folder / "collection.anki2"))
    try:
        if collection.db:
            # Nobody minds if a throw-away collection is lost with the power, and it is four times as fast.
            collection.db.execute("pragma synchronous = off")
        yield collection
    finally:
        collection.close()


@contextmanager
def _blaming(package: Path) -> Iterator[None]:
    from anki.errors import AnkiException

    try:
        yield
    except AnkiException as error:
        raise _Refused(f"refused by Anki: {package}: {error}") from error


def _fresh(folder: Path, package: Path) -> Seen:
    with _blaming(package), _opened(folder) as collection:
        _import(collection, package, DEFAULTS)
        return seen(collection)


def _fate(guid: str, old: Seen, new: Seen) -> str:
    if guid not in new.notes:
        return "retired"
    return "same" if old.notes[guid].content == new.notes[guid].content else "changed"


def _import(collection: Collection, package: Path, options: str) -> tuple[str, ...]:
    """Imports `package`, and yields the first fields of the notes that Anki refused to update."""
    from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest
    from anki.import_export_pb2 import IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS

    chosen = ImportAnkiPackageOptions(merge_notetypes=options == MERGE)
    if options == ALWAYS:
        chosen.update_notes = chosen.update_notetypes = IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS
    request = ImportAnkiPackageRequest(package_path=str(package), options=chosen)
    log = collection.import_anki_package(request).log
    return tuple(entry.fields[0] for entry in log.conflicting)


def _update(folder: Path, package: Path, options: str, old: Seen, new: Seen) -> Update:
    with _blaming(package), _opened(folder) as collection:
        before = seen(collection)
        refused = _import(collection, package, options)
    # Opened anew: Anki's Python remembers the note types of before the import.
    with _blaming(package), _opened(folder) as collection:
        after = seen(collection)
        complaints, sound = collection.fix_integrity()
    found = () if sound else tuple(complaints.splitlines()[:-1] or [complaints])
    return Update(old, new, before, after, refused, found, options == ALWAYS)
