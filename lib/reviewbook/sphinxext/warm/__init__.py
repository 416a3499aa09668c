"""Kernels that start warm: forked from one process that has imported what chapters import.

Starting a kernel and importing the libraries of a chapter takes longer than most chapters compute.
One process does it once a build (:mod:`.server`), and each kernel is a fork of it, asked for by a
kernel provisioner of Jupyter's (:mod:`.provisioner`). It lives as long as the build, so nothing in
it can be out of date.

Forking is done on Linux only, and only while the process has one thread; elsewhere, and with
``REVIEWBOOK_COLD_KERNELS`` set, kernels start as Jupyter starts them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from sphinx.application import Sphinx

SOCKET = "REVIEWBOOK_WARM_KERNELS"
COLD = "REVIEWBOOK_COLD_KERNELS"
NAME = "reviewbook-warm"
_DEFAULT = KernelProvisionerFactory.default_provisioner_name_env


def start(app: Sphinx) -> None:
    """Start the process that kernels are forked from, and let Jupyter ask it for them."""
    executes = app.config.nb_execution_mode != "off"
    if sys.platform != "linux" or os.environ.get(COLD) or not executes:
        return
    folder = tempfile.TemporaryDirectory(prefix="reviewbook-")
    socket = Path(folder.name) / "socket"
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__name__}.server", str(socket), str(app.srcdir)],
        stdin=subprocess.DEVNULL,
    )
    before = os.environ.get(_DEFAULT)
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}.provisioner:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME
    )
    os.environ |= {SOCKET: str(socket), _DEFAULT: NAME}

    def stop(app: Sphinx, error: Exception | None) -> None:
        process.terminate()
        process.wait()
        folder.cleanup()
        os.environ.pop(SOCKET)
        os.environ.pop(_DEFAULT)
        if before is not None:
            os.environ[_DEFAULT] = before

    app.connect("build-finished", stop)


def setup(app: Sphinx) -> None:
    """Start at once, so that it loads while Sphinx does; where no page runs, little is lost."""
    app.setup_extension("myst_nb")
    start(app)
