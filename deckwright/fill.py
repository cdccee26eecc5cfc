"""templates/*.html + values -> HTML, by Jinja2; a mistake in a template becomes a Problem at its line."""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup as Markup

from deckwright import read
from deckwright.model import Place, Problem, Project


def environment(project: Project, *others: Path) -> jinja2.Environment:
    """Yields Jinja's environment over the project's templates: strict about names, escaping what is no HTML.

    What is not there is looked for in the folders `others`.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([project.templates, *others]),
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
        help_ = "mend what Jinja could not read; a call needs its parentheses: `{% call when.Details() %}`"
        return "", [_problem(project, at, error.lineno, f"{error.message}", help_)]
    except UnicodeDecodeError:
        return "", _undecoded(project)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(project.templates)]
        # What no line of a template raised is a bug of ours.
        if not own:
            raise
        return "", [_problem(project, Path(own[-1].filename), own[-1].lineno or 1, *_explained(error, values))]


def _explained(error: Exception, values: Mapping[str, Any]) -> tuple[str, str]:
    """Message and help for what a template's line raised."""
    if not isinstance(error, jinja2.TemplateError):
        return f"{type(error).__name__}: {error}", "mend the expression"
    given = ", ".join(f"`{word}`" for word in sorted(values))
    attribute = re.search(r"'(?:[\w.]*\.)?(\w+) object' has no attribute '(\w+)'", str(error))
    if attribute and attribute[1] == "Labels":
        help_ = f'add `{attribute[2]} = "..."` to the `labels` of the language in pyproject.toml'
        return f"there is no `label.{attribute[2]}`", help_
    if attribute:
        container = attribute[1].lower()
        near = difflib.get_close_matches(attribute[2], values.get(container, {}), 1)
        help_ = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(f'`{k}`' for k in values[container])}"
        return f"there is no `{container}.{attribute[2]}`", help_
    if undefined := re.fullmatch(r"'(\w+)' is undefined", str(error)):
        homes = [name for name, value in values.items() if isinstance(value, dict) and undefined[1] in value]
        near = [f"{homes[0]}.{undefined[1]}"] if homes else difflib.get_close_matches(undefined[1], values, 1)
        help_ = f"did you mean `{near[0]}`?" if near else f"a template is given {given}"
        return f"there is no `{undefined[1]}`", help_
    return str(error), f"mend it; a template is given {given}"


def _undecoded(project: Project) -> list[Problem]:
    """The templates that are no UTF-8: Jinja does not say which."""
    paths = sorted(path for path in project.templates.rglob("*.html") if path.is_file())
    return [problem for path in paths for problem in read.passage(path, project.name(path))[1]]


def _problem(project: Project, path: Path, line: int, message: str, help_: str) -> Problem:
    text = read.line(path, line)
    words = [word for word in re.split(r"[\s'\"`.]+", message) if word and word in text]
    word = words[-1] if words else text.strip()
    place = Place(project.name(path), line, text.index(word) + 1, text)
    return Problem(place, "broken-template", message, help_, max(1, len(word)))
