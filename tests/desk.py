"""Where the tests work: this repository, the tiny deck, and what a learner does with a package in the real Anki."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageRequest, ImportLogWithChanges
from click.testing import Result

from deckwright import parse
from deckwright.model import Card, Deck, Problem, Project
from deckwright.read import passage

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
SONG = "cards/01-song.md"
Run = Callable[..., Result]


def parsed(project: Project, *languages: str) -> tuple[list[Card], list[Deck], list[Problem]]:
    """The cards and subdecks of all card files, or of those of `languages`, and what is wrong in them."""
    cards: list[Card] = []
    decks: list[Deck] = []
    problems: list[Problem] = []
    for language in (each for each in project.languages if not languages or each.key in languages):
        for path in project.card_files[language.key]:
            source, unread = passage(path, project.name(path))
            more, deck, wrong = parse.cards(source, path.parent, language)
            cards += more
            decks.append(deck)
            problems += unread + wrong
    return cards, decks, problems


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
