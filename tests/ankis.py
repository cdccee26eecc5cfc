"""The journeys on other versions of Anki, each in a virtual environment of its own.

    python tests/ankis.py 25.9.2 24.11

makes build/anki-25.9.2 and build/anki-24.11 (once), runs the tests that meet Anki there, prints how each run closed,
and fails where a test failed or did not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ("test_deck.py", "test_journeys.py", "test_edits.py", "test_random_journeys.py")
TOOLS = ("pytest", "hypothesis")


def main(versions: list[str]) -> int:
    """Runs the journeys on each of `versions`; yields the exit code."""
    if not versions:
        print(__doc__)
        return 2
    return max([run(version, environment(version)) for version in versions])


def environment(version: str) -> Path:
    """Yields the Python of the environment that has this version of Anki; makes it where there is none like it yet."""
    folder = ROOT / "build" / f"anki-{version}"
    pins = [pin for pin in pinned() if not pin.startswith("anki==")]
    wanted = "\n".join([f"anki=={version}", *pins, ""])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made = folder / "made.txt"
    if not (made.is_file() and made.read_text() == wanted):
        venv.create(folder, clear=True, with_pip=True)
        limits = folder / "limits.txt"
        limits.write_text(wanted)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "pip>=25.1"], check=True, cwd=ROOT)
        subprocess.run(
            [*pip, "--constraint", str(limits), "--group", "build", *TOOLS, f"anki=={version}"], check=True, cwd=ROOT
        )
        made.write_text(wanted)
    return python


def pinned() -> list[str]:
    """Every `name==version` of pyproject.toml."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    return [pin for group in groups.values() for pin in group if isinstance(pin, str)]


def run(version: str, python: Path) -> int:
    """Runs the journeys with `python`, prints how that closed, and all of it where it went wrong; yields 0 or 1."""
    tests = [str(ROOT / "tests" / name) for name in TESTS]
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    closing = done.stdout.strip().splitlines()[-1]
    passed = done.returncode == 0 and not re.search(r"\d+ (skipped|xfailed|xpassed|deselected)", closing)
    if not passed:
        print(done.stdout)
    told = [line for line in done.stdout.splitlines() if line.startswith("random journeys:")]
    print(f"anki {version}:", "; ".join([closing, *told]), flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
