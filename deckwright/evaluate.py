"""Expressions -> what they yield, with the names of the deck's _facts.py, in a process of their own."""

from __future__ import annotations

import difflib
import traceback
from dataclasses import dataclass, replace

from deckwright import spread


@dataclass(frozen=True, slots=True)
class Failure:
    """What an expression raised: the words, the nearest known name, and the last line of the deck's code in it."""

    message: str
    name: str = ""
    near: str = ""
    path: str = ""
    line: int = 0


def values(folder: str, facts: str, expressions: list[str]) -> dict[str, str | Failure] | Failure:
    """Yields what each expression yields, as text, or what went wrong with it; or what did with the file `facts`.

    `folder` is where the deck's modules lie. Of a value that is no number the text says, behind a `?`, what it is.
    """
    from concurrent.futures.process import BrokenProcessPool

    with spread.workers(1) as pool:
        try:
            return pool.submit(_evaluated, folder, facts, expressions).result()
        except BrokenProcessPool:
            died = "the process that evaluated it died"
    if not expressions:
        return Failure(died, path=facts, line=1)
    # Which of them it was: half by half.
    found: dict[str, str | Failure] = {expressions[0]: Failure(died)} if len(expressions) == 1 else {}
    middle = len(expressions) // 2
    for part in (expressions[:middle], expressions[middle:]) if middle else ([],):
        half = values(folder, facts, part)
        if isinstance(half, Failure):
            return half
        found |= half
    return found


def _evaluated(folder: str, facts: str, expressions: list[str]) -> dict[str, str | Failure] | Failure:
    """Runs in a worker: what each expression yields, as text, or what it raised; or what _facts.py did."""
    import builtins
    import math
    import runpy
    import sys

    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
    names = {name: value for name, value in vars(math).items() if not name.startswith("_")}
    try:
        names |= runpy.run_path(facts)
    except BaseException as error:
        return _failure(error, folder, facts)
    known = [*names, *vars(builtins)]
    found: dict[str, str | Failure] = {}
    for expression in expressions:
        try:
            found[expression] = _told(eval(expression, dict(names)))
        except BaseException as error:
            failure = _failure(error, folder, "")
            if isinstance(error, NameError) and error.name and not failure.path:
                near = difflib.get_close_matches(error.name, known, 1)
                failure = replace(failure, name=error.name, near=near[0] if near else "")
            found[expression] = failure
    return found


def _told(value: object) -> str:
    """A value as text that keeps it whole; of what is no number, what it is."""
    import math
    import numbers

    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return f"?a {type(value).__name__}"
    if not math.isfinite(value):
        return f"?{float(value)}"
    return str(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _failure(error: BaseException, folder: str, script: str) -> Failure:
    """What an author needs of a traceback: the last line of the deck's own in it."""
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(folder):
        return Failure(f"SyntaxError: {error.msg}", path=error.filename, line=error.lineno or 1)
    message = f"{type(error).__name__}: {error}".strip().removesuffix(":")
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(folder)]
    path, line = (own[-1].filename, own[-1].lineno or 1) if own else (script, 1)
    return Failure(_short(message), path=path, line=line)
