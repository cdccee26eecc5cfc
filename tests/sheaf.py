"""All cards of a deck's files at once, as `finish` reads them one by one."""

from __future__ import annotations

from deckwright import parse
from deckwright.model import Card, Deck, Problem, Project
from deckwright.read import passage


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
