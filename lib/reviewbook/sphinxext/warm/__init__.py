"""Kernels that start warm: forked from one process that has imported what chapters import.

Starting a kernel and importing the libraries of a chapter takes longer than most chapters compute.
One process does it once a build (:mod:`reviewbook.site.forks.kernels`), and each kernel is a fork
of it, asked for by a kernel provisioner of Jupyter's (:mod:`.provisioner`). It lives as long as the
build, so nothing in it can be out of date.

Forking is done on Linux only, and only while the process has one thread; elsewhere, and with
``REVIEWBOOK_COLD_KERNELS`` set, kernels start as Jupyter starts them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import EntryPoint
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from sphinx.application import Sphinx

from reviewbook.site.forks import kernels

SOCKET = "REVIEWBOOK_WARM_KERNELS"
COLD = "REVIEWBOOK_COLD_KERNELS"
NAME = "reviewbook-warm"
_DEFAULT = KernelProvisionerFactory.default_provisioner_name_env


class _Server(NamedTuple):
    """The process that kernels are forked from, and the folder of its socket."""

    process: subprocess.Popen[bytes] | BaseProcess
    folder: tempfile.TemporaryDirectory[str]

    def end(self) -> None:
        """End it, and the kernels with it."""
        self.process.terminate()
        ended = self.process.join if isinstance(self.process, BaseProcess) else self.process.wait
        ended()
        self.folder.cleanup()


_begun: list[_Server] = []
"""The process of a build that has not asked for it yet."""


def begin(root: Path) -> None:
    """Start the process for a build that is about to begin: it loads while Sphinx does.

    Where this process has loaded all that chapters import, it is a fork of this one.
    """
    if sys.platform != "linux" or os.environ.get(COLD):
        return
    folder = tempfile.TemporaryDirectory(prefix="reviewbook-")
    os.environ[SOCKET] = address = str(Path(folder.name) / "socket")
    process: subprocess.Popen[bytes] | BaseProcess
    if kernels.loaded():
        process = get_context("fork").Process(target=kernels.serve, args=(address, str(root)))
        process.start()
    else:
        process = subprocess.Popen(
            [sys.executable, "-m", kernels.__name__, address, str(root)], stdin=subprocess.DEVNULL
        )
    _begun.append(_Server(process, folder))


def take(app: Sphinx) -> None:
    """Let Jupyter ask that process for kernels, and end it with the build."""
    if not _begun:
        begin(Path(app.srcdir))
    if not _begun:
        return
    own = _begun.pop()
    before = os.environ.get(_DEFAULT)
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}.provisioner:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME
    )
    os.environ[_DEFAULT] = NAME

    def stop(app: Sphinx, error: Exception | None) -> None:
        own.end()
        os.environ.pop(SOCKET)
        os.environ.pop(_DEFAULT)
        if before is not None:
            os.environ[_DEFAULT] = before

    app.connect("build-finished", stop)


def setup(app: Sphinx) -> None:
    """Take the process; where no page runs, little is lost."""
    app.setup_extension("myst_nb")
    if app.config.nb_execution_mode != "off":
        take(app)
