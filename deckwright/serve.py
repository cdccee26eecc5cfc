"""A page -> a browser on this machine, which is told whenever what the page shows has changed."""

from __future__ import annotations

import errno
import json
import mimetypes
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost")
_BREATH = 15.0  # seconds between signs of life, by which a browser that went away is noticed


class Site(ThreadingHTTPServer):
    """One page, `gallery.json`, what it shows now, and its pictures; `events` tells the number of every newer one."""

    daemon_threads = True
    # Elsewhere it lets a port be taken again at once; on Windows it would let two programs share it.
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")

    def __init__(self, page: bytes, port: int) -> None:
        super().__init__((LOOPBACK, port), _Visit)
        self.page = page
        self.gallery: Mapping[str, Any] = {"cards": []}
        self.pictures: dict[str, Path] = {}
        # The version since which each card is what it is; and what tells this server's versions from another's.
        self.since: dict[str, int] = {}
        self.name = secrets.token_hex(4)
        self.version, self.closed = 0, False
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def show(self, gallery: Mapping[str, Any], pictures: Mapping[str, Path]) -> bool:
        """Shows `gallery` from now on, in every open page too; yields whether it is another than before.

        `pictures` are files by their names; those that were named before stay, for what is still shown.
        """
        with self.changed:
            self.pictures |= pictures
            if gallery == self.gallery:
                return False
            before = {card["id"]: card for card in self.gallery["cards"]}
            since: dict[str, int] = {}
            self.version += 1
            for card in gallery["cards"]:
                # By a mistake two cards may have one id: which of them a page knows by it can't be told.
                same = card["id"] not in since and before.get(card["id"]) == card
                since[card["id"]] = self.since[card["id"]] if same else self.version
            self.gallery, self.since = gallery, since
            self.changed.notify_all()
            return True

    def news(self, known: str) -> bytes:
        """Yields the gallery as JSON; of the cards that whoever knows the version `known` has, only the ids."""
        name, _, number = known.rpartition(".")
        with self.changed:
            last = int(number) if name == self.name else 0
            cards = [card if self.since[card["id"]] > last else card["id"] for card in self.gallery["cards"]]
            news = {**self.gallery, "cards": cards, "version": f"{self.name}.{self.version}"}
        return json.dumps(news, ensure_ascii=False).encode()

    def close(self) -> None:
        """Lets every page go and frees the port."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.shutdown()
        self.server_close()

    def newer(self, version: int) -> int:
        """Waits until there is something newer than `version`, or a breath; yields the version then."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version or self.closed, _BREATH)
            return self.version


class _Visit(BaseHTTPRequestHandler):
    """One request of a browser's."""

    server: Site
    protocol_version = "HTTP/1.1"
    # Else the end of an answer may wait for the browser to acknowledge its beginning: 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers with the page, the gallery or the events."""
        # Whoever makes a browser call this machine by another name is a stranger's page.
        if self.headers.get("Host", "").rpartition(":")[0] not in _NAMES:
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path.partition("?")[0] == "/":
            self._answer("text/html; charset=utf-8", self.server.page)
        elif self.path.partition("?")[0] == "/gallery.json":
            self._answer("application/json", self.server.news(self.path.partition("?since=")[2]))
        elif self.path == "/events":
            self._events()
        else:
            self._picture(self.path.removeprefix("/"))

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _picture(self, name: str) -> None:
        path = self.server.pictures.get(name)
        try:
            data = path.read_bytes() if path else b""
        except OSError:
            data = b""
        if data:
            self._answer(mimetypes.guess_type(name)[0] or "application/octet-stream", data)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _events(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        told = -1
        while not self.server.closed:
            version = self.server.version if told < 0 else self.server.newer(told)
            try:
                self.wfile.write(b":\n\n" if version == told else b"retry: 500\ndata: %d\n\n" % version)
                self.wfile.flush()
            except OSError:
                break
            told = version
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal is for the author's problems."""


@contextmanager
def site(page: str, port: int) -> Iterator[Site]:
    """Serves `page` to this machine alone while the context lasts; where `port` is taken, at one that is free."""
    try:
        served = Site(page.encode(), port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        served = Site(page.encode(), 0)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.close()
        thread.join()
