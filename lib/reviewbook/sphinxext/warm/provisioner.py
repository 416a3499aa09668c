"""A Jupyter kernel provisioner that asks a process of this build to fork a kernel."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from . import SOCKET
from .server import COLD

_PATIENCE = 120.0
"""Seconds that the other process may take to import everything on a busy machine."""


class ForkedKernel:
    """A process forked by another one, with the part of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        answer = self._lines.readline()
        if not answer:
            raise ConnectionError("the process that kernels are forked from has ended")
        self.pid = int(answer)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._status(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
        return status

    def _status(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                said = self._connection.recv(64)
            except (BlockingIOError, TimeoutError):
                return None
            # Nothing said: the other process has ended, and the kernel with it.
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


class WarmProvisioner(LocalProvisioner):
    """Starts kernels by a fork of a process that has imported the libraries."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Ask for a kernel; where there is nobody to ask, start it as Jupyter does."""
        connection = _connect()
        if connection is None:
            return await super().launch_kernel(cmd, **kwargs)
        request = {
            "connection_file": cmd[cmd.index("-f") + 1],
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "env": dict(kwargs["env"]),
        }
        connection.sendall(json.dumps(request).encode() + b"\n")
        kernel = ForkedKernel(connection)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info


def _connect() -> socket.socket | None:
    """Return a connection to the process that forks, None when there is none.

    It listens once it has imported everything, so it is waited for as long as it lives.
    """
    address = os.environ.get(SOCKET)
    end = time.monotonic() + _PATIENCE
    while address and time.monotonic() < end:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            if (Path(address).parent / COLD).exists():
                return None
            time.sleep(0.05)
        else:
            return connection
    return None
