"""pyproject.toml -> Project: the deck's name, its languages, and where its card files lie."""

from __future__ import annotations

import re
import tomllib
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
    try:
        settings = tomllib.loads(source.text).get("tool", {}).get("deckwright", {})
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        line = min(int(at[1]), len(source.lines)) if at else len(source.lines)
        place = Place(name, line, int(at[2]) if at else 1, source.lines[line - 1])
        return nothing, [*problems, Problem(place, "broken-settings", str(error), "mend the TOML")]

    def complain(word: str, message: str, help_: str) -> None:
        at = max(source.text.find(f"\n{word}") + 1, 0) or max(source.text.find("[tool.deckwright]"), 0)
        problems.append(Problem(source.place(at), "broken-settings", message, help_, len(word)))

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
    titles = [language.title for language in languages]
    if len(set(titles)) < len(titles):
        complain("languages", "two languages have one title", "give each its own: Anki tells decks apart by name")
    files = {language.key: _card_files(root, language.key, len(languages)) for language in languages}
    return Project(root, namespace, tuple(languages), files), problems


def _flaw(key: str, value: Any) -> tuple[str, str] | None:
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", key):
        return f"`{key}` is no language key", "write a short code, such as `en` or `zh`"
    if not isinstance(value, dict) or not isinstance(value.get("title"), str) or not value["title"].strip():
        return f"`languages.{key}` has no title", f'write `languages.{key} = {{ title = "My deck" }}`'
    for word, content in value.items():
        if word not in _KEYS:
            return f"unknown setting `languages.{key}.{word}`", f"the settings are {', '.join(_KEYS)}"
        if not isinstance(content, _KEYS[word]):
            return f"`languages.{key}.{word}` is {content!r}", f"write a {_KEYS[word].__name__}"
    return None


def _language(key: str, value: dict[str, Any]) -> Language:
    labels = {str(name): str(word) for name, word in value.get("labels", {}).items()}
    return Language(key, value["title"], value.get("lang", key), labels, value.get("description", ""))


def _card_files(root: Path, key: str, languages: int) -> tuple[Path, ...]:
    """The card files of a language in name order."""
    folder = root / "cards" / key
    if languages == 1 and not folder.is_dir():
        folder = root / "cards"
    files = (path for path in folder.rglob("*.md") if not path.name.startswith("."))
    return tuple(sorted(files, key=lambda path: path.relative_to(folder).as_posix()))
