"""The process that kernels are forked from.

Run as ``python -m reviewbook.site.forks.kernels SOCKET ROOT``. It imports the libraries, opens the
review at ROOT and judges its claims, then listens. A request is one line of
JSON: ``connection_file cwd env`` of a kernel. The answer is the process number of the fork that
became that kernel, one line; when the kernel has ended, its exit status follows in another, and
the connection is closed.
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
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

LIBRARIES = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "scipy.integrate", "scipy.special",
    "statsmodels.api", "matplotlib.figure", "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_pdf", "seaborn",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
)  # fmt: skip
ROOMS = ("metaprop", "reviewbook")
COLD = "cold"
"""File beside the socket that says: nothing will be forked here."""
NOT_FOR_CHAPTERS = {
    *("reviewbook.sphinxext", "reviewbook.commands", "reviewbook.site", "reviewbook.book.adding"),
    *("reviewbook.evidence.package", "reviewbook.__main__"),
}

_loaded = False
_warnings: list[Any] = []
"""Which warnings are shown once all that is imported."""


def load() -> None:
    """Import what chapters import, and make the font of their figures."""
    global _loaded
    # A fork has no debugger, and the page no line that says that it could miss breakpoints.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    for name in (*LIBRARIES, *ROOMS):
        import_module(name)
    for room in ROOMS:
        for name in modules(room):
            import_module(name)
    from reviewbook.figures.drawing.small_fonts import small_family

    small_family()
    _loaded = True
    _warnings[:] = warnings.filters


def loaded() -> bool:
    """Whether this process has imported all of that."""
    return _loaded


def open_review(root: str) -> None:
    """Make what most chapters ask for: the claims of the review, judged."""
    from reviewbook.book import open_book
    from reviewbook.words.computed import name_folder

    name_folder(Path(root))
    # A book without a review, or with a wrong one, is for its chapters to complain of.
    with contextlib.suppress(Exception):
        book = open_book(root)
        for claim in book.review.claims:
            book.judged(claim.id)


def modules(package: str) -> Iterator[str]:
    """Yield the modules below a package that a chapter may import; others are not even loaded."""
    for found in iter_modules(import_module(package).__path__, f"{package}."):
        if found.name not in NOT_FOR_CHAPTERS:
            yield found.name
            if found.ispkg:
                yield from modules(found.name)


def threads() -> int:
    """Return how many threads this process has."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads:"))


def forget_folder() -> None:
    """Import nothing from the folder that this process was started in: it is not a chapter's."""
    if not sys.flags.safe_path:
        del sys.path[0]


def serve(address: str, root: str) -> None:
    """Fork kernels for the chapters of a book; its libraries are loaded."""
    warnings.filters[:] = _warnings  # type: ignore[index]  # Sphinx shows others
    open_review(root)
    # A fork would have one thread and the locks of all.
    if threads() != 1:
        (Path(address).parent / COLD).touch()
        return
    gc.collect()
    gc.freeze()  # what is shared is not written to by a collection
    Server(address, become_kernel).serve()


def become_kernel(request: dict[str, Any], files: list[int]) -> None:
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


Become = Callable[[dict[str, Any], list[int]], None]
"""What a fork is to do: it gets the request, and files that came with it."""


class Server:
    """Forks a process for each request and tells how it ended.

    Parameters
    ----------
    address : str
        Of the socket that it listens on.
    become : callable
        What a fork does.
    """

    def __init__(self, address: str, become: Become) -> None:
        self.become = become
        self.parent = os.getppid()
        self.forks: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(address)
        self.listener.listen(128)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer requests until the process that started this one has ended."""
        while os.getppid() == self.parent:
            for _ in self.selector.select(timeout=0.2 if not self.forks else 0.05):
                self.answer()
            self.reap()

    def answer(self) -> None:
        """Fork once."""
        connection, _ = self.listener.accept()
        request, files = received(connection)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.selector.close()
                self.listener.close()
                for other in (connection, *self.forks.values()):
                    other.close()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self.become(request, files)
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                os._exit(status)
        for file in files:
            os.close(file)
        self.forks[pid] = connection
        _tell(connection, pid)

    def reap(self) -> None:
        """Tell of forks that have ended."""
        for pid in list(self.forks):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                connection = self.forks.pop(pid)
                _tell(connection, os.waitstatus_to_exitcode(status))
                connection.close()


def received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return a request, a line of JSON, and the files that came with it."""
    text, files, *_ = socket.recv_fds(connection, 1 << 16, 1)
    while not text.endswith(b"\n"):
        text += connection.recv(1 << 16)
    return json.loads(text), files


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # who asked may have gone
        connection.sendall(f"{number}\n".encode())


def main() -> int:
    """Load, check that forking is safe, and serve."""
    address, root = sys.argv[1:]
    forget_folder()
    try:
        load()
    except Exception:  # noqa: BLE001 - the chapter that imports it will say what is wrong
        (Path(address).parent / COLD).touch()
        return 0
    serve(address, root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
