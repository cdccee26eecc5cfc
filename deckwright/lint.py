"""Cards -> problems: what is wrong with whole cards and decks, and (as warnings) what is hardly meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from deckwright.model import Card, Deck, Image, Language, Problem, Project

_MISPLACED = re.compile(r"<!--\s*(type|tags|source|reverse|was)[ \t]*:")
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".py", ".svg", ".webp")


def cards(
    project: Project, languages: Iterable[Language], decks: Iterable[Deck], found: Iterable[Card]
) -> list[Problem]:
    """Yields what is amiss with pictures, comments, names of decks, and between the languages."""
    return [*_pictures(project, found), *_deck_names(decks), *_languages(languages, found)]


def _languages(languages: Iterable[Language], found: Iterable[Card]) -> list[Problem]:
    """Cards that a language lacks, or has of another type than another language."""
    by_slug: dict[str, dict[str, Card]] = {}
    for card in found:
        by_slug.setdefault(card.slug, {}).setdefault(card.language, card)
    keys = [language.key for language in languages]
    problems = []
    for slug, versions in by_slug.items():
        first = next(iter(versions.values()))
        for key in keys:
            if key not in versions:
                message = f"`{slug}` is not there in {key}"
                help_ = f"write the card in cards/{key}/, or mend the slug: it is the same in every language"
                problems.append(Problem(first.place, "untranslated", message, help_, len(slug), warning=True))
            elif versions[key].kind != first.kind:
                message = f"`{slug}` is of type {versions[key].kind} here, of type {first.kind} in {first.language}"
                help_ = "make them one type, so that both languages ask the same"
                problems.append(Problem(versions[key].place, "uneven-type", message, help_, len(slug), warning=True))
    return problems


def _pictures(project: Project, found: Iterable[Card]) -> Iterable[Problem]:
    """Pictures that are not there, or are none."""
    for card in found:
        for text in card.texts:
            for atom in text.atoms:
                if isinstance(atom, Image) and (told := _picture(project, atom)):
                    yield Problem(atom.place, *told, len(atom.source))
                elif isinstance(atom, Image) and text in card.sources:
                    message = "a picture in a source"
                    yield Problem(atom.place, "stray-picture", message, "put it on the card", len(atom.source))
            for comment in text.comments:
                if _MISPLACED.match(comment.source):
                    help_ = "settings stand in one comment, right under the heading: move the line there"
                    message = "settings out of their place count for nothing"
                    width = len(comment.source.split("\n")[0])
                    yield Problem(comment.place, "misplaced-settings", message, help_, width)


def _picture(project: Project, image: Image) -> tuple[str, str, str] | None:
    """What is wrong with a picture's file: rule, message and help."""
    name, folder = image.path.name, image.path.parent
    if image.remote:
        return None
    if not image.path.is_file():
        beside = {path.name.casefold(): path.name for path in folder.iterdir()} if folder.is_dir() else {}
        near = difflib.get_close_matches(name.casefold(), beside, 1)
        usable = near and beside[near[0]] != name
        help_ = f"did you mean `{beside[near[0]]}`?" if usable else "the path is relative to the card's file"
        return "missing-picture", f"there is no file `{name}` there", help_
    if not image.path.is_relative_to(project.root):
        return "stray-picture", f"`{name}` lies outside the deck's folder", "copy it beside the cards"
    if image.drawn and not image.path.is_relative_to(project.figures):
        return "stray-script", f"`{name}` is a script outside figures/", "move the script into figures/"
    if image.path.suffix.lower() not in _PICTURES or not image.path.stat().st_size:
        return "no-picture", f"`{name}` is no picture", f"name a file that is: {', '.join(_PICTURES)}"
    return None


def _deck_names(decks: Iterable[Deck]) -> Iterable[Problem]:
    """Names that Anki would change, or take for one another; and pictures where Anki shows none."""
    seen: dict[str, Deck] = {}
    for deck in decks:
        if not all(part.strip() for part in deck.name.split("::")):
            help_ = "write plain words; `::` nests, with a word on both sides"
            yield Problem(
                deck.place, "bad-heading", "Anki would change this name of a deck", help_, len(deck.place.text)
            )
        first = seen.setdefault(deck.name.casefold(), deck)
        if first.name != deck.name:
            message = f"this name differs from that at {first.place} in case only: Anki takes both for one"
            yield Problem(
                deck.place, "bad-heading", message, "write them alike, or choose another", len(deck.place.text)
            )
        for atom in deck.description.atoms:
            if isinstance(atom, Image):
                message = "a picture in a subdeck's description"
                yield Problem(atom.place, "stray-picture", message, "put it on a card", len(atom.source))
