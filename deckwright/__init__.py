"""Text -> Card -> Note -> .apkg. Where a change belongs:

    configure   pyproject.toml         -> Project            the deck's name and languages
    read        a file                 -> Passage            text that knows the place of each character
    finish      a card file            -> Sheet              its notes finished, or kept from before; all files at once
      parse     cards/**/*.md          -> Card               headings, settings, sections
        scan    a section              -> Text               formulas, pictures, comments taken out of the Markdown
        cut     ... its text           -> pieces             prose, code, formulas ...
        hide    ... its clozes                               found and marked
        fence   lines                  -> blocks of code among them
      lint      Card                   -> what is amiss with whole cards and decks
        spell   a formula              -> what Anki's MathJax does not know in it
        balance ... its grammar                              what is wrong for certain
      render    Card + Picture         -> Note               its texts as HTML, in fields
        restore Text                   -> HTML               that Anki leaves alone
          convert   Markdown           -> HTML               plain paragraphs at once
          translate ... all else                                                                  markdown, pygments
          measure   a formula          -> whether it is too wide; `lint` asks too
          typeset   ... its TeX        -> a box              as wide as MathJax sets it
          lay       boxes              -> one box
      fold      Sheet                  -> plain data         and back
    draw        figures/*.py           -> Picture            light and dark                       matplotlib
      digest    a script               -> digest             of all that its picture depends on
    dress       templates/             -> NoteType           and any side of a card as Anki shows it
      fill      a template + values    -> HTML                                                    jinja2
      reveal    a cloze field          -> the same, asked or answered
    reckon      comments               -> numbers that the expression behind them does not yield
      quote     a line                 -> the number at its end, and one in the same form
      evaluate  expressions            -> what they yield, with the names of figures/_facts.py      (the deck's own)
    lock        Note + deck.lock       -> Lock               identity and times, kept for ever
      identify  names                  -> guids and ids
      order     notes                  -> births and places in line, new ones among the old
      mend      a lock lost, merged    -> the lock to go on with
    refuse      the step of the lock   -> edits that would strand learners
    pack        Note + Lock            -> .apkg                                                   genanki
      squeeze   SQLite's file          -> deflated           in blocks, most of which are as they were
    write       files                  -> disk: all or none, one build at a time

So that nobody waits:

    spare       a deck's files         -> a digest           of the same digest nothing is made again
    keep        finished things        -> build/, and back   what has not changed is not made again
    spread      work                   -> processes

While an author writes:

    preview     Note + NoteType        -> a page of all cards, with its pictures and MathJax inside
    watch       folders                -> a sign at every save                                    watchfiles
    serve       a page                 -> a browser on this machine, told of every change

And of what learners have already:

    unpack      .apkg                  -> Release
    recall      git                    -> locks of a merge's other side, sources of the last release
    compare     Release + Release      -> Comparison         what a learner would see change
      skim        a field              -> words, and a short difference
      tell        a Comparison         -> Markdown, JSON
    verify      .apkg + .apkg          -> Verdict            in the real Anki                     anki
      study       a collection         -> the same, studied and edited
      observe     a collection         -> Seen
      judge       before and after     -> Verdict

`model` holds the nouns that they hand on: frozen, complete when made, each with the `Place` it came from. A room takes
what it needs as arguments, yields `(results, problems)`, and never prints, asks the clock or exits: build.py does, and
tells the story in order. `mark` has the characters that stand for formulas and clozes on the way. Indented rooms serve
the one above them; else no room imports another, but `read`, which is how anything is read, `lock`, whose entries and
identities `mend`, `refuse` and `pack` need, `keep` and `spread`, which serve who has much to do, and `dress`, `fill`
and `skim`, whose HTML and words `preview` shows.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any


def __getattr__(name: str) -> ModuleType:
    """A room is opened when it is first entered, so that a build that changes nothing opens hardly any."""
    spec = importlib.util.find_spec(f"{__name__}.{name}")
    if spec is None or spec.loader is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    room = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = room
    spec.loader.exec_module(room)
    globals()[name] = room
    return room


@contextmanager
def put_off(*names: str) -> Iterator[None]:
    """While it holds, whoever imports one of these modules gets a stand-in, which imports it when it is first used.

    For what a library takes along and we never use of it.
    """
    new = {name: ModuleType(name) for name in names if name not in sys.modules}
    for name, stand_in in new.items():
        setattr(stand_in, "__getattr__", partial(_of_module, name))  # noqa: B010 (mypy knows no module's __getattr__)
    sys.modules.update(new)
    try:
        yield
    finally:
        for name in new:
            sys.modules.pop(name)


def _of_module(name: str, attribute: str) -> Any:
    return getattr(importlib.import_module(name), attribute)
