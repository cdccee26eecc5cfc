"""`build.py watch`: what an author saves is seen in the open page at once, mistakes too, and nothing stays behind."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser import opened
from desk import ROOT, SONG, edit

from deckwright import serve, watch

LONG = 30  # seconds: how long a test waits for what comes in a fraction of one


def until(held: Callable[[], object], what: str = "it") -> None:
    """Waits until something holds."""
    end = time.monotonic() + LONG
    while not held():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)


@dataclass
class Watching:
    """A running `build.py watch`: its process, where it serves, and what it has said so far."""

    process: subprocess.Popen[str]
    said: list[str]

    @property
    def url(self) -> str:
        found = re.match(r"(http://127\.0\.0\.1:\d+/) shows every save", self.said[0]) if self.said else None
        return found[1] if found else ""

    def gallery(self) -> dict[str, object]:
        """What its page shows now."""
        with urllib.request.urlopen(f"{self.url}gallery.json") as answer:
            return dict(json.load(answer))

    def shows(self, words: str) -> bool:
        """Whether these words are on some card."""
        return words in json.dumps(self.gallery().get("cards"))

    def problems(self) -> list[str]:
        """The problems that its page tells."""
        return [each["text"] for each in self.gallery().get("problems", [])]

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it to the whole group; yields the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(LONG)


@pytest.fixture
def watching(tiny: Path) -> Iterator[Callable[..., Watching]]:
    """Starts `build.py watch` on the tiny deck, which it first shows."""
    started: list[Watching] = []

    def start(*options: str) -> Watching:
        command = [sys.executable, "-u", str(ROOT / "build.py"), "watch", "--root", str(tiny), *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        running = Watching(process, [])
        assert process.stdout
        threading.Thread(target=lambda: running.said.extend(iter(process.stdout.readline, "")), daemon=True).start()
        started.append(running)
        until(lambda: running.url or process.poll() is not None, "the address")
        until(lambda: running.shows("blackbird"), "the first card")
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            os.killpg(running.process.pid, signal.SIGKILL)


def alive(group: int) -> list[str]:
    """The processes of a group that are not dead: what /proc tells of each."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, own = path.read_text().rpartition(")")[2].split()[:3]
            found += [str(path)] if int(own) == group and state != "Z" else []
    return found


@pytest.mark.parametrize(
    ("asked", "processes", "code"),
    # A worker that starts afresh has somebody beside it who watches over what the two share.
    [(["watch", "--port", "0"], 3, 0), (["build"], 2 if sys.platform == "linux" else 3, 1)],
)
def test_ctrl_c_ends_it_while_pictures_are_drawn(tiny, asked, processes, code):
    (tiny / "figures" / "wing.py").write_text("import time\n\n\ndef draw(fig, **_):\n    time.sleep(60)\n", "utf-8")
    command = [sys.executable, str(ROOT / "build.py"), *asked, "--root", str(tiny)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    until(lambda: len(alive(process.pid)) >= processes, "the workers")
    time.sleep(1.5)  # until they have begun
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=LONG)[0]
    assert process.returncode == code
    assert b"Traceback" not in told
    assert not list((tiny / "build" / "figures").iterdir())
    until(lambda: not alive(process.pid), "the end of its last process")


def test_a_save_is_shown(watching, tiny):
    running = watching()
    edit(tiny / SONG, "at dusk?", "at nightfall?")
    until(lambda: running.shows("at nightfall?"))


def test_a_mistake_is_told_in_the_page_and_in_the_terminal_and_goes_when_it_is_mended(watching, tiny):
    running = watching()
    edit(tiny / SONG, "type: cloze", "tempalte: cloze")
    until(lambda: any("unknown setting `tempalte`" in each for each in running.problems()))
    assert running.shows("blackbird")
    until(lambda: "error[unknown-setting]" in "".join(running.said))
    edit(tiny / SONG, "tempalte: cloze", "type: cloze")
    until(lambda: not running.problems())
    until(lambda: re.search(r"3 notes, 0 errors", running.said[-1]))


def test_the_open_page_shows_the_save_and_the_mistake_by_itself(watching, tiny, chromium):
    running = watching()
    with opened(chromium) as (page, log):
        page.goto(f"{running.url}#blackbird")
        front = page.frame_locator("iframe[title=Front]")
        front.get_by_text("at dusk?").wait_for()
        edit(tiny / SONG, "at dusk?", "at nightfall?")
        front.get_by_text("at nightfall?").wait_for()
        edit(tiny / SONG, "type: cloze", "tempalte: cloze")
        page.get_by_text("unknown setting `tempalte`").wait_for()
        edit(tiny / SONG, "tempalte: cloze", "type: cloze")
        page.get_by_text("unknown setting `tempalte`").wait_for(state="hidden")
        wing = page.frame_locator("iframe[title=Back]").locator("img").first
        assert wing.evaluate("image => image.naturalWidth") > 0
        assert log.errors == []


def test_a_figure_script_that_is_edited_draws_its_own_pictures_only(watching, tiny):
    shutil.copy(tiny / "figures" / "wing.py", tiny / "figures" / "tail.py")
    card = (tiny / SONG).read_text("utf-8")
    (tiny / SONG).write_text(card + "\n![A tail](../figures/tail.py)\n", "utf-8")
    running = watching()
    until(lambda: running.shows("birds-tail"))
    drawn = tiny / "build" / "figures"
    before = {path: path.stat().st_mtime_ns for path in drawn.iterdir()}
    script = tiny / "figures" / "tail.py"
    script.write_text(script.read_text("utf-8") + "\n\nLENGTH = 2\n", "utf-8")
    until(lambda: len(list(drawn.glob("birds-tail-*.svg"))) == 4)
    until(lambda: len([path for path in running.gallery()["pictures"] if "birds-tail" in path]) == 2)
    after = {path: path.stat().st_mtime_ns for path in drawn.iterdir()}
    assert {path: after[path] for path in before} == before
    assert all("birds-tail" in path.name for path in after.keys() - before.keys())


def test_a_failing_figure_is_told_and_the_cards_stay(watching, tiny):
    running = watching()
    script = tiny / "figures" / "wing.py"
    good = script.read_text("utf-8")
    script.write_text(good + "\nfeather = 1 / 0\n", "utf-8")
    until(lambda: any("ZeroDivisionError" in each for each in running.problems()))
    assert running.shows("blackbird")
    script.write_text(good, "utf-8")
    until(lambda: not running.problems())


def test_a_half_saved_file_and_a_deleted_one_stop_nothing(watching, tiny):
    running = watching()
    card = tiny / SONG
    whole = card.read_bytes()
    card.write_bytes(whole[: len(whole) // 2].rstrip() + "\n\n## öwl\n\n```".encode())
    until(running.problems)
    card.unlink()
    until(lambda: any("no-cards" in each for each in running.problems()))
    assert running.shows("blackbird")
    card.write_bytes(whole.replace(b"at dusk?", b"at noon?"))
    until(lambda: running.shows("at noon?") and not running.problems())


def test_a_folder_that_is_deleted_and_made_again_is_watched_again(watching, tiny):
    running = watching()
    shutil.move(tiny / "cards", tiny / "aside")
    until(running.problems)
    shutil.move(tiny / "aside", tiny / "cards")
    until(lambda: not running.problems())
    edit(tiny / SONG, "at dusk?", "at nightfall?")
    until(lambda: running.shows("at nightfall?"))


def test_settings_and_templates_are_watched_too(watching, tiny):
    running = watching()
    edit(tiny / "pyproject.toml", 'title = "Birds"', 'title = "Fowls"')
    until(lambda: running.gallery()["title"] == "Fowls")
    front = tiny / "templates" / "qa" / "front.html"
    front.write_text(front.read_text("utf-8") + "<p>plumage</p>", "utf-8")
    until(lambda: running.shows("plumage"))


def test_ctrl_c_leaves_nothing_behind(watching, tiny):
    before = {path for path in tiny.rglob("*") if "build" not in path.parts}
    running = watching()
    edit(tiny / SONG, "at dusk?", "at nightfall?")
    until(lambda: running.shows("at nightfall?"))
    assert running.interrupt() == 0
    assert "Traceback" not in "".join(running.said)
    with pytest.raises(urllib.error.URLError):
        running.gallery()
    until(lambda: not alive(running.process.pid), "the end of its last process")
    assert {path for path in tiny.rglob("*") if "build" not in path.parts} == before
    assert not [path for path in tiny.rglob("*") if path.name.endswith((".tmp", ".unfinished"))]


def test_a_port_in_use_is_left_to_its_owner(watching):
    with serve.site("somebody else's", 0) as other:
        running = watching("--port", str(other.server_port))
        assert running.url != other.url
        with urllib.request.urlopen(other.url) as answer:
            assert answer.read() == b"somebody else's"


def test_only_this_machine_by_its_own_name_is_answered():
    with serve.site("<p>page</p>", 0) as site:
        assert site.server_address[0] == "127.0.0.1"
        connection = http.client.HTTPConnection("127.0.0.1", site.server_port)
        for host, status in {f"localhost:{site.server_port}": 200, "evil.example": 403}.items():
            connection.request("GET", "/", headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status, host


def test_what_is_saved_while_the_deck_is_built_is_not_missed(tiny):
    card = tiny / SONG
    saves = watch.saves([tiny / "cards"], [])
    next(saves)
    card.write_text("half", "utf-8")
    time.sleep(0.5)  # the build of what came before
    next(saves)
    waiting = threading.Event()
    threading.Thread(target=lambda: (next(saves), waiting.set()), daemon=True).start()
    assert not waiting.wait(0.8), "a sign without a save"
    card.write_text("whole", "utf-8")
    assert waiting.wait(LONG)


def test_a_page_is_sent_only_the_cards_that_it_does_not_know():
    one, two, three = ({"id": name, "front": name} for name in ("one", "two", "three"))
    edited = {**two, "front": "edited"}

    def told(site: serve.Site, known: object) -> tuple[list[object], object]:
        news = json.loads(site.news(str(known)))
        return news["cards"], news["version"]

    with serve.site("page", 0) as site, serve.site("page", 0) as other:
        for each in (site, other):
            each.show({"cards": [one, two]}, {})
        cards, first = told(site, "")
        assert cards == [one, two]
        site.show({"cards": [three, edited, dict(one)]}, {})
        site.show({"cards": [edited, three, one], "title": "New"}, {})
        cards, now = told(site, first)
        assert cards == [edited, three, "one"]
        assert told(site, now) == (["two", "three", "one"], now)
        assert told(other, first)[0] == [one, two]  # the same number, but of another server
        site.show({"cards": [two, edited, one]}, {})
        assert told(site, now)[0] == [two, edited, "one"]  # twins


def test_an_edit_that_learners_would_suffer_from_is_told(watching, tiny, run):
    run("--root", tiny)
    running = watching()
    edit(tiny / SONG, "## blackbird", "## thrush")
    until(lambda: any("blackbird" in each for each in running.problems()))
