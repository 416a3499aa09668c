"""The built site at an address of this machine."""

from __future__ import annotations

import errno
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from reviewbook.site import SiteError


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
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


def serve(site: Path, port: int) -> None:
    """Serve until the process is stopped."""
    with server(site, port) as listening:
        print(f"http://127.0.0.1:{listening.server_address[1]}/  (Ctrl-C ends)", flush=True)
        listening.serve_forever()
