"""A figure script with its arguments -> a digest of all that its picture depends on."""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# Raise when the same script would be drawn otherwise: every picture then takes a new name.
_DRAWING = "1"
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t].*$", re.MULTILINE)
_NAME = re.compile(rb"\b[a-z_]\w*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scripts:
    """A folder of figure scripts: its modules by the name that imports them, its data, and what was read of both."""

    modules: Mapping[str, tuple[Path, ...]]
    data: Mapping[Path, bytes]
    read: dict[Path, bytes]


def scripts(folder: Path) -> Scripts:
    """Yields the scripts in `folder`; each is read when it is needed."""
    data = {path: path.read_bytes() for path in sorted(folder.glob("_*.*")) if path.suffix != ".py"}
    return Scripts(_modules(folder), data, {})


def picture(scripts: Scripts, script: Path, arguments: tuple[tuple[str, str], ...]) -> str:
    """Yields the digest of all that the picture of a script with its arguments depends on.

    That is the script, the files of the folder that it uses, and the arguments; comments are left out, since to mend
    one must not replace learners' own edits.
    """
    digest = hashlib.sha256(_DRAWING.encode())
    for path, content in [(script, _read(script, scripts.read)), *_used(script, scripts)]:
        digest.update(f"\0{path.name}\0".encode() + content)
    digest.update(repr(sorted(arguments)).encode())
    return digest.hexdigest()[:12]


def _modules(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files that an import of a name may run: the module, or all of the package."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        found.setdefault(inside[0].removesuffix(".py") if len(inside) == 1 else inside[0], []).append(path)
    return {name: tuple(paths) for name, paths in found.items()}


def _read(path: Path, read: dict[Path, bytes]) -> bytes:
    """A file's bytes; of a script without its comments. `read` keeps them, as figures share files."""
    if path not in read:
        whole = path.read_bytes().replace(b"\r\n", b"\n")
        read[path] = _uncommented(whole) if path.suffix == ".py" and b"#" in whole else whole
    return read[path]


@lru_cache(maxsize=512)
def _uncommented(data: bytes) -> bytes:
    lines: list[str | None] = list(data.decode("utf-8", "replace").split("\n"))
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                before = (lines[row - 1] or "")[:column].rstrip()
                lines[row - 1] = before or None
    except (SyntaxError, tokenize.TokenError):
        return data
    return "\n".join(line for line in lines if line is not None).encode()


@lru_cache(maxsize=512)
def _imported(code: bytes) -> frozenset[str]:
    """The words of all import statements; a word too many, out of a docstring say, does no harm."""
    return frozenset(word.decode() for line in _IMPORT.findall(code) for word in _NAME.findall(line))


def _used(script: Path, scripts: Scripts) -> list[tuple[Path, bytes]]:
    """What a script stands on, with its content: the style, modules it imports, and theirs, and data these name."""
    found: set[Path] = set()
    modules, data, read = scripts.modules, scripts.data, scripts.read
    waiting = [script, *modules.get("_style", ())]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [file for name in _imported(_read(path, read)) for file in modules.get(name, ())]
    codes = [_read(path, read) for path in found]
    named = {path: content for path, content in data.items() if any(path.name.encode() in code for code in codes)}
    return sorted([*((path, read[path]) for path in found - {script}), *named.items()])
