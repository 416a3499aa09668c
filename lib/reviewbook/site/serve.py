"""The built site at an address of this machine."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

from reviewbook.site import SiteError

HERE = "127.0.0.1"
T = TypeVar("T")


def on_port(make: Callable[[int], T], port: int) -> T:
    """Return what `make` makes of a port, or of any free one where that is in use."""
    try:
        return make(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return make(0)


def server(site: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a site that listens on `port`, or on a free one where that is in use.

    Raises
    ------
    SiteError
        When there is no site.
    """
    if not (site / "index.html").is_file():
        raise SiteError(f"There is no site in {site}: run `make book` first.")
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    return on_port(lambda free: ThreadingHTTPServer((HERE, free), handler), port)


def serve(site: Path, port: int) -> None:
    """Serve until the process is stopped."""
    with server(site, port) as listening:
        print(f"http://{HERE}:{listening.server_address[1]}/  (Ctrl-C ends)", flush=True)
        listening.serve_forever()
