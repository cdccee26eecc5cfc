"""A page -> a browser on this machine, which is told whenever what the page shows has changed."""

from __future__ import annotations

import errno
import mimetypes
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
        self.page, self.gallery = page, b"{}"
        self.pictures: dict[str, Path] = {}
        self.version, self.closed = 0, False
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def show(self, gallery: bytes, pictures: Mapping[str, Path]) -> bool:
        """Shows `gallery` from now on, in every open page too; yields whether it is another than before.

        `pictures` are files by their names; those that were named before stay, for what is still shown.
        """
        with self.changed:
            self.pictures |= pictures
            if gallery == self.gallery:
                return False
            self.gallery, self.version = gallery, self.version + 1
            self.changed.notify_all()
            return True

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
            self._answer("application/json", self.server.gallery)
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
