"""``python -m reviewbook``: see :mod:`reviewbook.commands`."""

from __future__ import annotations

import io
import signal
import sys

from .commands import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without ≠ or ² is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    # A job that is cancelled ends as if its user had pressed Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
