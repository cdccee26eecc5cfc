"""A stretch of Markdown -> Text: formulas, pictures, comments and clozes found, each with its place.

Markdown libraries tell no line numbers and would meddle with TeX. So what must not be touched is taken out here, once,
and a private character left in its stead; whatever is left is plain Markdown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from deckwright import cut
from deckwright.hide import Clozes
from deckwright.mark import BRACE, CHECKED, CLOSE, CLOZE_MARKS, SPACE, atom_mark
from deckwright.model import Atom, Comment, Image, Maths, Place, Problem, Text
from deckwright.read import Passage

_TABLE_RULE = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_LINE_START = re.compile(r"\n[ \t>]*\Z")
_BRACE = re.compile(r"\{(?![:.#])")
_GROUPED = re.compile(f"(?:\\\\[A-Za-z]+|[_^}}])[ ]*([{CLOZE_MARKS}][^{CLOZE_MARKS}{CLOSE}]*{CLOSE})")
_GLUED = re.compile(f"(\\\\[A-Za-z]+{CLOSE})(?=[A-Za-z])")
_COMMENT_IN_TEX = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")


def text(passage: Passage, folder: Path, *, cloze: bool = False) -> tuple[Text, list[Problem]]:
    """Yields the Text of `passage`; pictures are looked for from `folder`; `cloze` says whether clozes are meant."""
    atoms: list[Atom] = []
    comments: list[Comment] = []
    problems: list[Problem] = []
    clozes = Clozes(passage, cloze, problems)
    written: list[str] = []
    for kind, start, end in cut.pieces(passage, problems):
        source = passage.text[start:end]
        match kind:
            case "prose":
                marked = clozes.prose(source, start)
                # Python-Markdown would take any braces behind a word for attributes; `{:`, `{.` and `{#` are meant so.
                written.append(_BRACE.sub(BRACE, marked) if "{" in marked else marked)
            case "plain":
                written.append(atom_mark(len(atoms)))
                width = 2 if source.startswith("$$") else 1
                atoms.append(Maths(passage.place(start), source[width:-width], width == 2, source))
            case "escape":
                written.append("$" if source == r"\$" else source)
                if source == r"\(":
                    message, help_ = r"`\(` shows a bracket", r"write `$...$` for mathematics, or `(` for a bracket"
                    problems.append(Problem(passage.place(start), "tex-bracket", message, help_, 2, warning=True))
            case "code":
                written.append(clozes.inside(source, start, tex=False) if cloze else source)
            case "kept":
                written.append(source)
            case "comment":
                comments.append(_comment(passage, start, source))
                if written and _alone(passage, start, end) and CHECKED.match(source):
                    # An empty line would end the paragraph, the list or the table.
                    written[-1] = _LINE_START.sub("", written[-1])
                elif written and passage.text[end : end + 1] in ("", "\n"):
                    written[-1] = written[-1].rstrip(" \t")
            case _:
                atoms.append(_atom(kind, passage, start, end, folder, clozes, problems))
                if kind != "image":
                    inside = CHECKED.finditer(source)
                    comments += [_comment(passage, start + match.start(), match[0]) for match in inside]
                written.append(atom_mark(len(atoms) - 1))
    clozes.end()
    markdown = "".join(written)
    problems += _tables(passage, atoms, markdown)
    numbers = tuple(sorted(set(clozes.numbers)))
    return Text(passage.place(0), markdown, tuple(atoms), tuple(comments), numbers), problems


def _atom(
    kind: str, passage: Passage, start: int, end: int, folder: Path, clozes: Clozes, problems: list[Problem]
) -> Atom:
    """The atom that the piece from `start` to `end` is."""
    source, place = passage.text[start:end], passage.place(start)
    if kind == "image":
        return _image(passage, start, folder, problems)
    width = 2 if kind == "display" else 1
    roomy = _roomy(source)
    if "<!--=" in roomy:
        at = passage.place(start + roomy.index("<!--="))
        problems.append(Problem(at, "unclosed-comment", "this comment is never closed", "add `-->`", 5))
    tex = clozes.inside(roomy[width:-width], start + width, tex=True).replace(SPACE, "")
    problems += _braces(place, roomy)
    # A cloze's own braces do not group in TeX, and Anki takes them away: what takes it as argument needs others.
    if CLOSE in tex:
        tex = _GLUED.sub(r"\1 ", _GROUPED.sub(lambda match: match[0].replace(match[1], f"{{{match[1]}}}"), tex))
    if passage.text[passage.text.rfind("\n", 0, start) + 1 : start].lstrip().startswith(">"):
        tex = re.sub(r"\n[ \t>]*", "\n", tex)
    # Anki may collapse a formula's lines into one, and a TeX comment would swallow the rest.
    tex = _COMMENT_IN_TEX.sub(r"\1", tex) if "%" in tex else tex
    return Maths(place, tex, kind == "display", source)


def _roomy(source: str) -> str:
    """A formula with the expressions of its numbers blanked out: all else keeps its place."""
    return CHECKED.sub(lambda match: SPACE * len(match[0]), source) if "<!--" in source else source


def _alone(passage: Passage, start: int, end: int) -> bool:
    """Whether nothing else stands in the lines of a comment."""
    left, right = passage.text[:start].rpartition("\n")[2], passage.text[end:].partition("\n")[0]
    return not left.strip(" \t>") and not right.strip()


def _comment(passage: Passage, start: int, source: str) -> Comment:
    """A comment, and what stands before it."""
    place = passage.place(start)
    before = place.text[: place.column - 1]
    if not before.strip(" \t>") and place.line > 1:
        before = passage.lines[place.line - 2]
    return Comment(place, source, before)


def _braces(place: Place, source: str) -> Iterator[Problem]:
    """A brace without its other one: MathJax would show the TeX instead, without a word."""
    depth = 0
    for match in re.finditer(r"\\.|[{}]", source, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            break
    if depth:
        what = "opens a brace that never closes" if depth > 0 else "closes a brace that was not open"
        help_ = "add the other one, or write `\\{` and `\\}` for braces that are shown"
        yield Problem(place, "unbalanced-maths", f"this formula {what}", help_, len(source.split("\n")[0]))


def _image(passage: Passage, start: int, folder: Path, problems: list[Problem]) -> Image:
    match = cut.IMAGE.match(passage.text, start)
    assert match
    place, target = passage.place(start), match[2].strip("<>")
    caption, complaints = text(passage.part(*match.span(1)), folder)
    problems += complaints
    if not match[1].strip():
        help_ = "write between `[` and `]` what is seen: it becomes the caption, and is read aloud"
        problems.append(Problem(place, "missing-caption", "this picture has no caption", help_, len(match[0])))
    at = passage.place(match.start(2))
    if not target or re.match(r"[a-z][a-z0-9+.-]*:|/", target, re.IGNORECASE):
        help_ = "put the file into the project and name it relative to this one: a phone may be offline"
        problems.append(Problem(at, "remote-picture", f"`{target}` is no relative path", help_, max(1, len(target))))
    name, _, query = target.partition("?")
    arguments = tuple(
        (unquote(key), unquote(value)) for key, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    )
    return Image(place, caption, Path(os.path.normpath(folder / name)), arguments, match[0])


def _tables(passage: Passage, atoms: list[Atom], markdown: str) -> Iterator[Problem]:
    """A pipe inside a formula or a cloze in a table's cell: Markdown would cut the cell there."""
    if "|" not in passage.text:
        return
    rows: set[int] = set()
    lines = passage.text.split("\n")
    for index in range(1, len(lines)):
        if "|" in lines[index] and "|" in lines[index - 1] and _TABLE_RULE.fullmatch(lines[index]):
            last = next((i for i in range(index, len(lines)) if not lines[i].strip()), len(lines))
            rows.update(range(passage.line + index - 1, passage.line + last))
    for atom in atoms:
        if isinstance(atom, Maths) and atom.place.line in rows and "|" in (source := _roomy(atom.source)):
            place = atom.place
            at = Place(place.path, place.line, place.column + source.index("|"), place.text)
            help_ = r"write `\lvert x \rvert` or `\mid` for `|`, and `\lVert x \rVert` for `\|`"
            yield Problem(at, "pipe-in-table", f"a pipe inside `{source.replace(SPACE, '')}` in a table", help_)
    if not (rows and CLOSE in markdown):
        return
    piped = re.compile(f"[{CLOZE_MARKS}][^{CLOSE}\\n]*\\|[^{CLOSE}\\n]*{CLOSE}")
    # Marks stand for several characters, but neither adds nor takes a line: lines are the same in both.
    for index, line in enumerate(markdown.split("\n")):
        if passage.line + index in rows and piped.search(re.sub(r"`[^`]*`", "", line)):
            number = passage.line + index
            place = Place(passage.path, number, 1, passage.lines[number - 1])
            help_ = "write `&#124;` for the pipe"
            yield Problem(place, "pipe-in-table", "a pipe inside a cloze in a table", help_, len(place.text))
