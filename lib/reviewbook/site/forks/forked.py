"""A process that another one has forked, as this one sees it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any


class Forked:
    """A process forked by another one, with the part of ``subprocess.Popen`` that Jupyter uses.

    Parameters
    ----------
    connection : socket
        To the process that forks.
    request : mapping
        What the fork is to do, as JSON.
    files : sequence of int
        Open files that it gets.

    Raises
    ------
    ConnectionError
        When the other process has ended.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, connection: socket.socket, request: Mapping[str, Any], files: Sequence[int] = ()
    ) -> None:
        text = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(connection, [text], list(files))
        connection.sendall(text[sent:])
        self._connection = connection
        self._lines = connection.makefile("rb")
        answer = self._lines.readline()
        if not answer:
            raise ConnectionError("the process that was to fork has ended")
        self.pid = int(answer)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._status(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("fork", timeout or 0.0)
        return status

    def _status(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                said = self._connection.recv(64)
            except (BlockingIOError, TimeoutError):
                return None
            # Nothing said: the other process has ended, and this one with it.
            self.returncode = int(said) if said.strip() else -signal.SIGKILL
            self._lines.close()
            self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
