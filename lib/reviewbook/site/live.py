"""A site whose open pages load themselves again, and say above their text what went wrong.

The page in the browser keeps a line open to this server and is told when to load again
(LiveReload, of the library of that name). A message stands in the page as it is served, so that it
is there on whichever page is opened next and goes away with the next page that is served without.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from livereload.handlers import LiveReloadHandler, LiveReloadJSHandler
from livereload.watcher import Watcher
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, StaticFileHandler
from tornado.websocket import WebSocketHandler

from .html import render
from .serve import HERE, on_port

_SCRIPT = '<script src="/livereload.js"></script>'
_BODY = re.compile(r"<body\b[^>]*>")
NOT_YET = "This page is not built yet. It shows itself when it is."


class Live:
    """What the server shows: a folder, a message, and how often that has changed.

    Attributes
    ----------
    address : str
        Where the site is, ending with a slash.
    last : str
        Path of the page that a reader asked for last, such as ``chapters/methods.html``.
    """

    def __init__(self, site: Path, port: int) -> None:
        self.site, self.message, self.last = site, "", ""
        self._shown = 0
        self._served: dict[str, int] = {}
        self._socket = on_port(lambda free: create_server((HERE, free)), port)
        self._socket.setblocking(False)
        self.address = f"http://{HERE}:{self._socket.getsockname()[1]}/"
        self._loop = asyncio.new_event_loop()
        self._ends = asyncio.Event()

    def show(self, message: str = "") -> None:
        """Have every open page load again, with `message` above it."""
        self.message = message
        self._shown += 1
        self._loop.call_soon_threadsafe(Line.reload_waiters, "*")

    def page(self, name: str) -> str:
        """Return the HTML of a page with message and script; of the message where it is missing."""
        self._served[name] = self._shown
        if not self.has(name):
            return render("panel.html", message=self.message or NOT_YET, script=_SCRIPT, whole=True)
        text = (self.site / name).read_text(encoding="utf-8")
        body = _BODY.search(text)
        if body is None:
            return text
        panel = self.message and render("panel.html", message=self.message, whole=False)
        return f"{text[: body.end()]}{panel}{_SCRIPT}{text[body.end() :]}"

    def has(self, name: str) -> bool:
        """Whether there is such a file of the site."""
        path = (self.site / name).resolve()
        return path.is_relative_to(self.site.resolve()) and path.is_file()

    def is_old(self, name: str) -> bool:
        """Whether something else would be served now than when the page was asked for."""
        return self._served.get(name) != self._shown

    async def _serve(self, ready: Event) -> None:
        told: dict[str, Any] = {"live": self}
        server = HTTPServer(
            Application(
                [
                    ("/livereload", Line, told),
                    ("/livereload.js", LiveReloadJSHandler),
                    ("/(.*)", Page, told),
                ],
                log_function=lambda request: None,  # what goes wrong in it is told all the same
            )
        )
        server.add_socket(self._socket)
        ready.set()
        await self._ends.wait()
        server.stop()

    @contextmanager
    def serving(self) -> Iterator[Live]:
        """Serve from a thread of its own."""
        ready = Event()
        thread = Thread(
            target=self._loop.run_until_complete, args=[self._serve(ready)], daemon=True
        )
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ends.set)
            thread.join()


def file_of(path: str) -> str:
    """Return the file that a path of an address means."""
    return f"{path}index.html" if not path or path.endswith("/") else path


class Page(StaticFileHandler):
    """A file of the site; a page with what is added to it."""

    def initialize(self, live: Live) -> None:  # type: ignore[override]
        """Keep what is shown."""
        super().initialize(str(live.site))
        self.live = live

    def set_default_headers(self) -> None:
        """Let the browser keep nothing: a file of the same name may be another one soon."""
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Return no mark of what a file holds: those of the library stay the same all along."""

    def should_return_304(self) -> bool:
        """Return that it has always to be sent."""
        return False

    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer with a page, or a file as it is."""
        name = file_of(path)
        if not name.endswith(".html"):
            await super().get(path, include_body)
            return
        text = self.live.page(name)
        if self.live.has(name):
            # A search asks for pages, too; a reader's page is a document.
            if self.request.headers.get("Sec-Fetch-Dest", "document") == "document":
                self.live.last = name
        else:
            self.set_status(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(text if include_body else None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say in a few words that there is no such file."""
        error = kwargs.get("exc_info", (None, None))[1]
        reason = error.reason if isinstance(error, HTTPError) and error.reason else self._reason
        self.finish(f"{status_code} {reason}\n")


class Line(LiveReloadHandler):
    """The line to an open page. One that was served before the last change loads again at once."""

    watcher, live_css = Watcher(), False  # its own search for changes is not used
    check_origin = WebSocketHandler.check_origin

    def initialize(self, live: Live) -> None:
        """Keep what is shown."""
        self.live = live

    def on_message(self, message: str | bytes) -> None:
        """Answer the page, which says who it is."""
        super().on_message(message)
        said = json.loads(message)
        if said["command"] == "info" and self.live.is_old(
            file_of(unquote(urlsplit(said.get("url", "")).path).removeprefix("/"))
        ):
            self.send_message({"command": "reload", "path": "*", "liveCSS": False})
