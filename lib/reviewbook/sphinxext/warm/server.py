"""The process that kernels are forked from.

Run as ``python -m reviewbook.sphinxext.warm.server SOCKET ROOT``. It imports the libraries, opens
the review at ROOT and judges its claims, then listens. A request is one line of JSON:
``connection_file cwd env`` of a kernel. The answer is the process number of the fork that became
that kernel, one line; when the kernel has ended, its exit status follows in another, and the
connection is closed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

LIBRARIES = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "scipy.integrate", "scipy.special",
    "statsmodels.api", "matplotlib.figure", "matplotlib.backends.backend_svg", "seaborn",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer",
)  # fmt: skip
ROOMS = ("metaprop", "reviewbook")
COLD = "cold"
"""File beside the socket that says: nothing will be forked here."""
NOT_FOR_CHAPTERS = ("reviewbook.sphinxext", "reviewbook.commands", "reviewbook.site")


def load(root: str) -> None:
    """Import what chapters import, and make what most of them ask for: claims and a font."""
    for name in LIBRARIES:
        import_module(name)
    for room in ROOMS:
        package = import_module(room)
        for module in walk_packages(package.__path__, f"{room}."):
            if not module.name.startswith(NOT_FOR_CHAPTERS) and "__main__" not in module.name:
                import_module(module.name)
    from reviewbook.book import open_book
    from reviewbook.figures.drawing.small_fonts import small_family

    small_family()
    # A book without a review, or with a wrong one, is for its chapters to complain of.
    with contextlib.suppress(Exception):
        book = open_book(root)
        for claim in book.review.claims:
            book.judged(claim.id)


def threads() -> int:
    """Return how many threads this process has."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))


def become_kernel(request: dict[str, Any]) -> None:
    """Run a kernel in this process, a fork, until it ends."""
    os.setsid()
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    # The kernel ends when the process that it was forked from does.
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    sys.argv = ["ipykernel_launcher", "-f", request["connection_file"], parent]
    import matplotlib
    from ipykernel import kernelapp

    from reviewbook.words import reads

    reads.forget()  # what was read for all pages is told when a page takes it
    # What a kernel that imports matplotlib later would find.
    backend = os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    matplotlib.rcParams["backend"] = backend
    kernelapp.launch_new_instance()


class Server:
    """Forks kernels and tells how they ended."""

    def __init__(self, address: str) -> None:
        self.parent = os.getppid()
        self.kernels: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(address)
        self.listener.listen(128)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer requests until the process that started this one has ended."""
        while os.getppid() == self.parent:
            for _ in self.selector.select(timeout=0.2):
                self.answer()
            self.reap()

    def answer(self) -> None:
        """Fork one kernel."""
        connection, _ = self.listener.accept()
        with connection.makefile("rb") as lines:
            request = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.selector.close()
                self.listener.close()
                for other in (connection, *self.kernels.values()):
                    other.close()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                become_kernel(request)
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                os._exit(status)
        self.kernels[pid] = connection
        _tell(connection, pid)

    def reap(self) -> None:
        """Tell of kernels that have ended."""
        for pid in list(self.kernels):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                connection = self.kernels.pop(pid)
                _tell(connection, os.waitstatus_to_exitcode(status))
                connection.close()


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # who asked may have gone
        connection.sendall(f"{number}\n".encode())


def main() -> int:
    """Load, check that forking is safe, and serve."""
    address, root = sys.argv[1:]
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder this was started in is not that of a chapter
    try:
        load(root)
        # A fork would have one thread and the locks of all.
        safe = threads() == 1
    except Exception:  # noqa: BLE001 - the chapter that imports it will say what is wrong
        safe = False
    if not safe:
        (Path(address).parent / COLD).touch()
        return 0
    gc.collect()
    gc.freeze()  # what is shared is not written to by a collection
    Server(address).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
