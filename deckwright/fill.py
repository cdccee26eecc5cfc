"""templates/*.html + values -> HTML, by Jinja2; a mistake in a template becomes a Problem at its line."""

from __future__ import annotations

import difflib
import re
import traceback
from pathlib import Path
from typing import Any

import jinja2

from deckwright.model import Place, Problem, Project


def environment(project: Project) -> jinja2.Environment:
    """Yields Jinja's environment over the project's templates: strict about names, escaping what is no HTML."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(project.templates),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def template(jinja: jinja2.Environment, project: Project, name: str, **values: Any) -> tuple[str, list[Problem]]:
    """Yields the template `name` filled with `values`; empty, with the problem, where it can't be."""
    path = project.templates / name
    try:
        return jinja.get_template(name).render(**values).strip(), []
    except jinja2.TemplateNotFound as error:
        help_ = "write the file, or copy templates/ from another deck"
        missing = f"there is no template `{error.name}`"
        return "", [Problem(Place(project.name(path)), "missing-template", missing, help_)]
    except jinja2.TemplateSyntaxError as error:
        at = Path(error.filename) if error.filename else path
        return "", [
            _problem(
                project,
                at,
                error.lineno,
                f"{error.message}",
                "mend what Jinja could not read; a call needs its parentheses: `{% call when.Details() %}`",
            )
        ]
    except jinja2.TemplateError as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(path.parent)]
        frames = frames or [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(name)]
        at, line = (Path(frames[-1].filename), frames[-1].lineno or 1) if frames else (path, 1)
        message = str(error)
        known = {word for value in values.values() if isinstance(value, dict) for word in value} | set(values)
        help_ = f"mend it; a template is given {', '.join(f'`{word}`' for word in sorted(values))}"
        if unknown := re.search(r"'(\w+)'(?: is undefined)?$", message):
            message = f"there is no `{unknown[1]}` here"
            if near := difflib.get_close_matches(unknown[1], known, 1):
                help_ = f"did you mean `{near[0]}`?"
        return "", [_problem(project, at, line, message, help_)]


def _problem(project: Project, path: Path, line: int, message: str, help_: str) -> Problem:
    lines = path.read_text("utf-8").split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    words = [word for word in re.split(r"[\s'\"`]+", message) if word and word in text]
    word = max(words, key=len, default="") or text.strip()
    place = Place(project.name(path), line, text.index(word) + 1, text)
    return Problem(place, "broken-template", message, help_, max(1, len(word)))
