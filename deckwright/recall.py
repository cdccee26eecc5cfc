"""git -> what was committed: the locks on the other sides of a merge, and the sources of the last release."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path


def other_locks(root: Path) -> list[str]:
    """Yields deck.lock as the other parents of a merge have it: of one going on, or of the last commit."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return []
    merging = (_git(root, "rev-parse", "--quiet", "--verify", "MERGE_HEAD") or b"").decode().split()
    merged = (_git(root, "log", "-1", "--format=%P") or b"").decode().split()[1:]
    texts = (_git(root, "show", f"{commit}:./deck.lock") for commit in [*merging, *merged])
    return [text.decode("utf-8", "replace") for text in texts if text]


def released(root: Path, folder: Path) -> str | None:
    """Writes the sources of the commit that last changed deck.lock into `folder`; yields that commit, shortened."""
    commit = (_git(root, "log", "-1", "--format=%h", "--", "deck.lock") or b"").decode().strip()
    archive = _git(root, "archive", "--format=zip", commit) if commit else None
    if not archive:
        return None
    with zipfile.ZipFile(io.BytesIO(archive)) as sources:
        sources.extractall(folder)
    return commit


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git says in `root`; nothing where there is no git, no repository, or no such thing."""
    try:
        asked = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout
