"""Cards -> warnings: what is allowed, but hardly meant."""

from __future__ import annotations

from collections.abc import Iterable

from deckwright.model import Card, Language, Problem


def cards(languages: Iterable[Language], found: Iterable[Card]) -> list[Problem]:
    """Yields a warning for every card that a language lacks, or has of another type than another language."""
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
