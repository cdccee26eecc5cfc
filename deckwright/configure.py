"""pyproject.toml -> Project: the deck's name, its languages, and where its card files lie."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deckwright.model import Language, Place, Problem, Project
from deckwright.read import passage

_NAMESPACE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {"title": str, "lang": str, "description": str, "labels": dict}
_EXAMPLE = 'write, for example, `[tool.deckwright]`, `namespace = "my-deck"`, `languages.en = { title = "My deck" }`'


def project(root: Path) -> tuple[Project, list[Problem]]:
    """Yields the project in the folder `root`.

    With one language its files may lie directly in cards/; otherwise each has a folder there of its key's name.
    """
    name, path = "pyproject.toml", root / "pyproject.toml"
    nothing = Project(root, "", (), {})
    if not path.is_file():
        return nothing, [Problem(Place(name), "no-settings", f"there is no `{name}` in {root.name}/", _EXAMPLE)]
    source, problems = passage(path, name)
    if problems:
        return nothing, problems
    try:
        settings: Any = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        line = min(int(at[1]), len(source.lines)) if at else len(source.lines)
        place = Place(name, line, int(at[2]) if at else 1, source.lines[line - 1])
        return nothing, [Problem(place, "broken-settings", str(error), "mend the TOML")]
    for key in ("tool", "deckwright"):
        settings = settings.get(key) if isinstance(settings, dict) else None
    if not isinstance(settings, dict):
        message = "there is no table `[tool.deckwright]`"
        return nothing, [Problem(source.place(0), "broken-settings", message, _EXAMPLE)]

    def complain(word: str, message: str, help_: str) -> None:
        at = re.search(rf"^[ \t]*(\[tool\.deckwright\.)?({re.escape(word)})", source.text, re.MULTILINE)
        start = at.start(2) if at else max(source.text.find("[tool.deckwright"), 0)
        problems.append(Problem(source.place(start), "broken-settings", message, help_, len(word) if at else 1))

    for word in settings:
        if word not in ("namespace", "languages"):
            complain(word, f"unknown setting `{word}`", "the settings are `namespace` and `languages`")
    namespace = settings.get("namespace", "")
    if not (isinstance(namespace, str) and _NAMESPACE.fullmatch(namespace)):
        complain(
            "namespace", f"`namespace` is {namespace!r}", "name the deck in lower-case letters, digits and hyphens"
        )
    elif namespace == "collection" or namespace.startswith("backup-"):
        # Anki takes packages of these names for a whole collection and replaces the learner's own.
        complain("namespace", f"Anki reads `{namespace}.apkg` as a backup", "choose another namespace")
    found = settings.get("languages")
    if not isinstance(found, dict) or not found:
        complain("languages", "no language is set", _EXAMPLE)
        found = {}
    languages = []
    for key, value in found.items():
        flaw = _flaw(key, value)
        if flaw:
            complain(f"languages.{key}", *flaw)
        else:
            languages.append(_language(key, value))
    titles = [language.title.casefold() for language in languages]
    if len(set(titles)) < len(titles):
        complain("languages", "two languages have one title", "give each its own: Anki tells decks apart by name")
    files = {language.key: _card_files(root, language.key, len(languages)) for language in languages}
    if len(languages) == len(found):
        problems += _unread(root, [path for each in files.values() for path in each])
    return Project(root, namespace, tuple(languages), files), problems


def _flaw(key: str, value: Any) -> tuple[str, str] | None:
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", key):
        return f"`{key}` is no language key", "write a short code, such as `en` or `zh`"
    for word in value if isinstance(value, dict) else ():
        if word not in _KEYS:
            near = difflib.get_close_matches(word, _KEYS, 1, cutoff=0.0)[0]
            return f"unknown setting `{word}` in `languages.{key}`", f"did you mean `{near}`?"
    if not isinstance(value, dict) or not isinstance(value.get("title"), str) or not value["title"].strip():
        return f"`languages.{key}` has no title", f'write `languages.{key} = {{ title = "My deck" }}`'
    for word, content in value.items():
        if not isinstance(content, _KEYS[word]):
            return f"`{word}` in `languages.{key}` is {content!r}", f"write a {_KEYS[word].__name__}"
    return None


def _language(key: str, value: dict[str, Any]) -> Language:
    labels = {str(name): str(word) for name, word in value.get("labels", {}).items()}
    return Language(key, value["title"], value.get("lang", key), labels, value.get("description", ""))


def _card_files(root: Path, key: str, languages: int) -> tuple[Path, ...]:
    """The card files of a language in name order."""
    folder = root / "cards" / key
    if languages == 1 and not folder.is_dir():
        folder = root / "cards"
    files = (path for path in folder.rglob("*.md") if not path.name.startswith(".") and not path.is_dir())
    return tuple(sorted(files, key=lambda path: path.relative_to(folder).as_posix()))


def _unread(root: Path, read: list[Path]) -> Iterable[Problem]:
    """Files in cards/ that look like cards, but lie where no language has its own, or are named otherwise."""
    for path in sorted((root / "cards").rglob("*")):
        if path.suffix.lower() in (".md", ".markdown") and not path.is_dir() and path not in read:
            help_ = "name it `.md`, in the folder of its language"
            place = Place(path.relative_to(root).as_posix())
            message = f"`{path.name}` is not read: no language has its cards there"
            yield Problem(place, "unread-file", message, help_, warning=True)
