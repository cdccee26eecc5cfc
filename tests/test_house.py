"""The house stays as its map says: what the README names is there, and imports go one way."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import click
import pytest
from desk import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import build

README = (ROOT / "README.md").read_text("utf-8")
ROOMS = {path.stem: path for path in (ROOT / "deckwright").glob("*.py") if path.stem != "__init__"}
FOREIGN = {
    "draw": {"matplotlib"},
    "fill": {"jinja2", "markupsafe"},
    "render": {"jinja2"},
    "finish": {"jinja2"},
    "translate": {"markdown", "pymdownx", "pygments"},
    "dress": {"jinja2", "markupsafe"},
    "pack": {"genanki"},
    "verify": {"anki"},
    "preview": {"jinja2", "markupsafe"},
    "watch": {"watchfiles"},
    "study": {"anki"},
    "observe": {"anki"},
}
SERVES = {
    "hide": {"read"},
    "scan": {"read", "cut", "hide"},
    "cut": {"read", "fence"},
    "parse": {"read", "scan", "fence"},
    "configure": {"read"},
    "fill": {"read"},
    "draw": {"read", "digest", "spread"},
    "render": {"fill", "read", "restore", "identify"},
    "restore": {"convert", "measure"},
    "convert": {"translate"},
    "finish": {"read", "parse", "draw", "digest", "lint", "reckon", "render", "fill", "fold", "keep", "spread"},
    "evaluate": {"spread"},
    "reckon": {"quote", "evaluate", "keep", "read"},
    "measure": {"typeset", "lay"},
    "typeset": {"lay"},
    "spell": {"balance"},
    "lint": {"spell", "balance", "measure", "read"},
    "dress": {"fill", "keep", "reveal", "read"},
    "preview": {"dress", "fill", "read", "skim"},
    "identify": set(),
    "lock": {"read", "identify", "order", "reveal"},
    "refuse": {"lock", "identify"},
    "mend": {"lock", "unpack"},
    "pack": {"lock", "identify", "keep", "squeeze"},
    "squeeze": {"keep"},
    "unpack": {"identify"},
    "compare": {"skim", "unpack"},
    "tell": {"compare", "skim"},
    "judge": {"observe"},
    "verify": {"judge", "observe", "study"},
}
STANDARD = {"__future__", *__import__("sys").stdlib_module_names}


def imports(path: Path) -> set[str]:
    """The modules that a file imports, also inside functions: the first name, or deckwright's room."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "deckwright":
            found |= {f"deckwright.{alias.name}" for alias in node.names if alias.name in ROOMS}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name if name.startswith("deckwright.") else name.split(".")[0] for name in found}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_the_nouns_its_servants_and_its_own_library_only(room):
    found = imports(ROOMS[room]) - STANDARD
    ours = {name.removeprefix("deckwright.") for name in found if name.startswith("deckwright.")}
    assert ours <= SERVES.get(room, set()) | ({"model", "mark"} if room not in ("model", "mark") else set())
    assert {name for name in found if not name.startswith("deckwright.")} <= FOREIGN.get(room, set())


@pytest.mark.parametrize("room", ROOMS)
def test_only_build_py_prints_asks_the_clock_exits_or_knows_click(room):
    code = ROOMS[room].read_text("utf-8")
    assert not re.search(r"\bprint\(|\bclick\b|sys\.exit|time\.time\(|datetime", code)


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_can_be_read_at_a_sitting(room):
    assert len(ROOMS[room].read_text("utf-8").splitlines()) <= 320


def test_the_map_in_the_readme_and_in_the_package_name_every_room():
    story = (ROOT / "deckwright" / "__init__.py").read_text("utf-8")
    for room in ROOMS:
        assert f"`{room}`" in README, room
        assert re.search(rf"\b{room}\b", story), room


def test_the_readme_names_every_command_and_option_and_no_other():
    for name, command in build.main.commands.items():
        assert f"`{name}`" in README
        assert command.help
        for parameter in (each for each in command.params if isinstance(each, click.Option)):
            assert any(f"`{option}" in README for option in parameter.opts), parameter.opts


def test_the_readme_is_short_has_a_picture_and_no_dead_link():
    assert len(README.splitlines()) < 200
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text("utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", text):
            path = next(filter(None, target))
            if not path.startswith("../../figures"):
                assert (ROOT / path).exists(), path
    assert 'src="docs/scale-derivation-back-phone-light.png"' in README


def test_the_readme_s_example_card_is_one_that_builds(tiny, run):
    example = re.search(r"```markdown\n(.*?)\n```\n", README, re.DOTALL)
    assert example
    card = example[1].replace("../../figures/qk-variance.py?labels=no", "../figures/wing.py?feathers=2")
    (tiny / "cards" / "01-song.md").write_text(card + "\n", "utf-8")
    assert run("check", "--root", tiny).output == "1 note, no errors\n"


def test_every_package_and_what_it_stands_on_is_pinned_in_pyproject():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    pins = dict(pin.split("==") for group in groups.values() for pin in group if isinstance(pin, str))
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    for name in pins:
        if name == "tzdata":  # needed on Windows only
            continue
        assert metadata.version(name) == pins[name], name
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in pins, f"{name} needs {line}"


def test_nothing_generated_and_no_path_of_a_machine_is_committed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if re.match(r"(build|dist|\.venv|node_modules)/|.*\.apkg$", name)]
    assert [name for name in tracked if name.endswith(".lock")] == ["deck.lock"]
    foreign = re.compile(r"/(?:work|root|home)/\w|\.\./shared|pythonhosted|registry\.npmjs")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".html", ".css", ".lock", ".json", ""} and path != Path(__file__):
            assert not foreign.search(path.read_text("utf-8")), name
