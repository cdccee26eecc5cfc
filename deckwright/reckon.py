"""Checked numbers: each on a card with an expression behind it -> a problem where the two do not agree.

`1 GiB<!--= cache_bytes(LLAMA3_8B, 8192) / GIB -->` is a number with the expression that yields it. Expressions run
with the names of figures/_facts.py, all in one process of their own; what they yielded is kept until a file of
figures/ is another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from deckwright import evaluate, keep, quote, read
from deckwright.evaluate import Failure
from deckwright.mark import CHECKED
from deckwright.model import Card, Comment, Deck, Image, Place, Problem, Project, Text

_PROPER = "<!--="
_NEARLY = re.compile(r"<!-{2,}\s*[=＝]")
# Comments and what opens a cloze: their digits are no number's.
_UNREAD = re.compile(r"<!--.*?-->|\{\{c\d+::")
# A unit that is told along with its number.
_UNIT = re.compile(r"\s?[^\W\d_]{1,8}\s*")


@dataclass(frozen=True, slots=True)
class _Number:
    """A number to be checked: the author's comment, the expression in it, and where that begins in it."""

    comment: Comment
    expression: str
    offset: int

    @property
    def before(self) -> str:
        """What stands between the last expression and this one, at the same columns."""
        before = CHECKED.sub(lambda match: "\0" * len(match[0]), self.comment.before)
        last = before.rfind("\0") + 1
        return " " * last + _UNREAD.sub(lambda match: " " * len(match[0]), before[last:])

    @property
    def key(self) -> str:
        """What is kept of a number that agrees, is kept under this: it stands for its text and its expression."""
        return _key(f"{self.before.strip()}\0{self.expression}")


def comments(cards: Iterable[Card], deck: Deck) -> Iterator[Comment]:
    """Yields the comments of a card file that give the expression of a number, or nearly do."""
    for text in [*(text for card in cards for text in card.texts), deck.description]:
        yield from (comment for comment in _comments(text) if _NEARLY.match(comment.source))


def numbers(project: Project, comments: Iterable[Comment]) -> tuple[int, list[Problem]]:
    """Yields how many numbers were checked, and each that its expression does not yield."""
    problems = [_nearly(comment) for comment in comments if not _proper(comment)]
    found = [_number(comment) for comment in comments if _proper(comment)]
    if not found:
        return 0, problems
    facts = project.figures / "_facts.py"
    if not facts.is_file():
        help_ = "write figures/_facts.py with the names that expressions use, or delete the comment"
        message = "an expression, but this deck has no figures/_facts.py"
        return len(found), [*problems, _at(found[0], "no-facts", message, help_)]
    shelf = keep.shelf(project.cache / "numbers.db", _mark(project))
    kept: dict[str, str] = shelf.take("numbers")[1] or {}
    doubtful = [number for number in found if number.key not in kept]
    if doubtful:
        wrong, learnt = _checked(project, facts, doubtful, kept)
        problems += wrong
        if learnt:
            shelf.put([keep.row("numbers", "numbers", kept | learnt)])
    return len(found), problems


def _mark(project: Project) -> str:
    """What the verdicts that are kept depend on: the deck's code, and how it is held against numbers here."""
    own = [Path(module).read_bytes() for module in (__file__, quote.__file__, evaluate.__file__)]
    # All of them: what is imported can be seen, but not what a string names.
    theirs = read.digest_of(project.figures, "**/*")
    return f"{hashlib.sha256(b''.join(own)).hexdigest()[:12]} {theirs}"


def _checked(
    project: Project, facts: Path, doubtful: list[_Number], kept: Mapping[str, str]
) -> tuple[list[Problem], dict[str, str]]:
    """What is wrong with numbers; and what need not be asked again: values of expressions, and numbers that agree."""
    problems: list[Problem] = []
    readable: list[_Number] = []
    for number in doubtful:
        if wrong := _unparsed(number.expression):
            problems.append(_misspelt(number, *wrong))
        else:
            readable.append(number)
    learnt: dict[str, str] = {}
    unknown = sorted({number.expression for number in readable if _key(number.expression) not in kept})
    found = evaluate.values(str(project.figures), str(facts), unknown) if unknown else {}
    if isinstance(found, Failure):
        problems.append(_broken(project, facts, found))
        found = {}
    for number in readable:
        known = found.get(number.expression) or kept.get(_key(number.expression))
        if isinstance(known, Failure):
            problems.append(_raised(project, number, known))
        elif known:
            wrongs = _judged(number, known)
            problems += wrongs
            learnt |= {_key(number.expression): known} | ({} if wrongs else {number.key: "agrees"})
    return problems, {key: value for key, value in learnt.items() if key not in kept}


def _comments(text: Text) -> Iterator[Comment]:
    """Every comment of a text, also of captions."""
    yield from text.comments
    for atom in text.atoms:
        if isinstance(atom, Image):
            yield from _comments(atom.caption)


def _proper(comment: Comment) -> bool:
    return comment.source.startswith(_PROPER)


def _number(comment: Comment) -> _Number:
    inside = comment.source.removeprefix(_PROPER).removesuffix("-->")
    return _Number(comment, inside.strip(), len(_PROPER) + len(inside) - len(inside.lstrip()))


def _unparsed(expression: str) -> tuple[str, int] | None:
    """What Python says of an expression that it cannot read, and at which character."""
    if not expression:
        return "there is none", 0
    try:
        compile(expression, "expression", "eval")
    except SyntaxError as error:
        return error.msg, max(0, (error.offset or 1) - 1) if error.lineno == 1 else 0
    except ValueError as error:
        return str(error), 0
    return None


def _key(text: str) -> str:
    """What is kept of a text, is kept under this."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _judged(number: _Number, told: str) -> list[Problem]:
    """What is wrong with a number whose expression yielded what is told."""
    if told.startswith("?"):
        help_ = "write an expression that yields one int or float"
        return [_at(number, "no-value", f"this expression yields {told[1:]}, which is no number", help_)]
    quoted = quote.last(number.before)
    if not quoted:
        help_ = "put the comment right behind its number: no other digit may stand between"
        return [_at(number, "no-number", "no number stands before this expression", help_)]
    value = float(told) if not re.fullmatch(r"-?\d+", told) else int(told)
    if quote.agrees(quoted, value):
        return []
    end = quoted.offset + len(quoted.source.rstrip())
    source = number.comment.before[quoted.offset : end]
    unit = number.comment.before[end:] if _UNIT.fullmatch(number.comment.before, end) else ""
    message = f"`{source}{unit.rstrip()}` shows {_plain(quoted.value)}, the expression gives {_plain(value)}"
    help_ = f"write `{quote.alike(quoted, value)}`, or mend the expression"
    return [Problem(_where(number, quoted), "wrong-number", message, help_, len(source))]


def _where(number: _Number, quoted: quote.Quote) -> Place:
    """Where a number stands: before its comment, or in the line above."""
    place = number.comment.place
    if place.text.startswith(number.comment.before) and len(number.comment.before) == place.column - 1:
        return place._replace(column=quoted.offset + 1)
    return Place(place.path, place.line - 1, quoted.offset + 1, number.comment.before)


def _plain(value: Fraction | float) -> str:
    """A value in plain digits."""
    whole = Fraction(value)
    return str(whole) if whole.denominator == 1 and abs(whole) < 10**15 else f"{float(value):.8g}"


def _at(number: _Number, rule: str, message: str, help_: str, *, offset: int = -1, width: int = 0) -> Problem:
    """A problem of an expression, or of a character of it."""
    at = number.offset + max(offset, 0)
    place = number.comment.place
    width = width or max(1, len(number.expression.split("\n")[0]) - max(offset, 0))
    return Problem(place._replace(column=place.column + at), rule, message, help_, width)


def _nearly(comment: Comment) -> Problem:
    help_ = "write `<!--=`, with nothing between, or begin the comment with another sign"
    message = "this comment checks no number"
    return Problem(comment.place, "near-expression", message, help_, len(comment.source.split("\n")[0]), warning=True)


def _misspelt(number: _Number, message: str, offset: int) -> Problem:
    help_ = "write one expression of Python, on one line"
    told = f"this expression can't be read: {message}"
    return _at(number, "broken-expression", told, help_, offset=min(offset, len(number.expression)), width=1)


def _raised(project: Project, number: _Number, failure: Failure) -> Problem:
    if failure.name:
        found = re.search(rf"\b{re.escape(failure.name)}\b", number.expression)
        elsewhere = "define it in figures/_facts.py, or import it there"
        help_ = f"did you mean `{failure.near}`?" if failure.near else elsewhere
        message = f"unknown name `{failure.name}`"
        offset = found.start() if found else 0
        return _at(number, "unknown-name", message, help_, offset=offset, width=len(failure.name))
    where = f", or {project.name(Path(failure.path))}:{failure.line}" if failure.path else ""
    return _at(number, "failing-expression", failure.message, f"mend the expression{where}")


def _broken(project: Project, facts: Path, failure: Failure) -> Problem:
    """What is told of a _facts.py that can't be run."""
    path = Path(failure.path or facts)
    text = read.line(path, failure.line)
    place = Place(project.name(path), failure.line or 1, len(text) - len(text.lstrip()) + 1, text)
    help_ = "mend it: expressions on cards are evaluated with its names"
    return Problem(place, "failing-facts", failure.message, help_, max(1, len(text.strip())))
