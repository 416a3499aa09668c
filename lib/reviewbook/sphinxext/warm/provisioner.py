"""A Jupyter kernel provisioner that asks a process of this build to fork a kernel."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from reviewbook.site.forks.forked import Forked
from reviewbook.site.forks.kernels import COLD

from . import SOCKET

_PATIENCE = 120.0
"""Seconds that the other process may take to import everything on a busy machine."""


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
        kernel = Forked(connection, request)
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
