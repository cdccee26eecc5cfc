"""Cards -> problems: what is wrong with whole cards and decks, and (as warnings) what is hardly meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from deckwright import measure, read, spell
from deckwright.balance import Mistake
from deckwright.mark import atom_mark
from deckwright.model import Card, Deck, Image, Language, Maths, Note, Place, Problem, Project, Sheet, Text

_MISPLACED = re.compile(r"<!--\s*(type|tags|source|reverse|was)[ \t]*:")
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".py", ".svg", ".webp")


def cards(project: Project, deck: Deck, found: Iterable[Card]) -> list[Problem]:
    """Yields what is amiss with the formulas, pictures and comments of a card file, and with its deck's name."""
    texts = [*(text for card in found for text in card.texts), deck.description]
    return [*_formulas(project, texts), *_pictures(project, found), *_deck(deck)]


def decks(project: Project, languages: Iterable[Language], sheets: Iterable[Sheet]) -> list[Problem]:
    """Yields what is amiss between card files, and between the languages."""
    return [
        *(problem for language in languages for problem in _language(project, language, sheets)),
        *_names(sheets),
        *_languages(languages, [note for sheet in sheets for note in sheet.notes]),
    ]


def _formulas(project: Project, texts: Iterable[Text]) -> Iterator[Problem]:
    """Formulas that MathJax cannot set, or that a phone's line cannot hold; each is looked at once."""
    mistakes: dict[str, list[Mistake]] = {}
    for text, index, formula in _all(texts):
        key = formula.source
        if key not in mistakes:
            mistakes[key] = spell.mistakes(spell.dictionary(), key)
            if measure.wide(formula):
                mistakes[key].append(_wide(formula))
        for each in mistakes[key]:
            # A table scrolls in its own box.
            if not (each.rule.startswith("wide") and _in_table(text, index)):
                place = _inside(project, formula, each.offset)
                yield Problem(place, each.rule, each.message, each.help, each.width, each.warning)


def _all(texts: Iterable[Text]) -> Iterator[tuple[Text, int, Maths]]:
    """Every formula, also of captions, with the text that it is in."""
    for text in texts:
        for index, atom in enumerate(text.atoms):
            if isinstance(atom, Maths):
                yield text, index, atom
            else:
                yield from _all([atom.caption])


def _wide(formula: Maths) -> Mistake:
    """What is told of a formula that is too wide."""
    first = len(formula.source.split("\n")[0])
    if formula.display:
        help_ = r"break it into rows: `\begin{aligned} ... \\ ... \end{aligned}`"
        return Mistake(0, first, "wide-display", "this formula is wider than a card: it scrolls", help_, warning=True)
    message = "this formula is wider than a phone's line: it gets a line of its own"
    help_ = "write it as `$$...$$` in a line of its own, or in parts"
    return Mistake(0, first, "wide-formula", message, help_, warning=True)


def _in_table(text: Text, index: int) -> bool:
    """Whether a formula stands in a table's cell."""
    return any("|" in line for line in text.markdown.split("\n") if atom_mark(index) in line)


def _inside(project: Project, formula: Maths, offset: int) -> Place:
    """Where a character of a formula's source stands."""
    place, before = formula.place, formula.source[:offset]
    if "\n" not in before:
        return Place(place.path, place.line, place.column + offset, place.text)
    number = place.line + before.count("\n")
    column = offset - before.rfind("\n")
    return Place(place.path, number, column, read.line(project.root / place.path, number))


def _language(project: Project, language: Language, sheets: Iterable[Sheet]) -> Iterator[Problem]:
    """A slug that two cards have, and a language without any card."""
    files, folder = project.card_files[language.key], _folder(project, language)
    if not files:
        help_ = f"write `{folder}/01-topic.md`"
        yield Problem(Place(folder), "no-cards", f"no card file in {folder}/", help_)
    own = [sheet for sheet in sheets if sheet.language == language.key]
    seen: dict[str, Place] = {}
    for note in (note for sheet in own for note in sheet.notes):
        first = seen.setdefault(note.slug, note.place)
        if first is not note.place:
            help_ = f"choose another slug: {first} has it already"
            message = f"a second card `{note.slug}`"
            yield Problem(note.place, "duplicate-slug", message, help_, note.place.rest)
    if own and not seen and not any(sheet.problems for sheet in own):
        place, help_ = own[-1].place, "begin a card with `## slug`"
        yield Problem(place, "no-cards", "no card anywhere", help_, place.rest)


def _folder(project: Project, language: Language) -> str:
    return f"cards/{language.key}" if len(project.languages) > 1 else "cards"


def _languages(languages: Iterable[Language], found: Iterable[Note]) -> list[Problem]:
    """Cards that a language lacks, or has of another type than another language."""
    keys = [language.key for language in languages]
    if len(keys) < 2:
        return []
    by_slug: dict[str, dict[str, Note]] = {}
    for note in found:
        by_slug.setdefault(note.slug, {}).setdefault(note.language, note)
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


def _deck(deck: Deck) -> Iterable[Problem]:
    """A name that Anki would change, and pictures where Anki shows none."""
    if not all(part.strip() for part in deck.name.split("::")):
        help_ = "write plain words; `::` nests, with a word on both sides"
        yield Problem(deck.place, "bad-heading", "Anki would change this name of a deck", help_, len(deck.place.text))
    for atom in deck.description.atoms:
        if isinstance(atom, Image):
            message = "a picture in a subdeck's description"
            yield Problem(atom.place, "stray-picture", message, "put it on a card", len(atom.source))


def _names(sheets: Iterable[Sheet]) -> Iterable[Problem]:
    """Names of decks that Anki would take for one another."""
    seen: dict[str, Sheet] = {}
    for sheet in sheets:
        first = seen.setdefault(sheet.deck.casefold(), sheet)
        if first.deck != sheet.deck:
            message = f"this name differs from that at {first.place} in case only: Anki takes both for one"
            width = len(sheet.place.text)
            yield Problem(sheet.place, "bad-heading", message, "write them alike, or choose another", width)
