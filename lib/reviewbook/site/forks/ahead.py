"""What a watch keeps between builds: a process that has loaded their code."""

from __future__ import annotations

import os
import site
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import metaprop
from reviewbook.site.build import attended

from .forked import Forked

MODULE = "reviewbook.site.forks.builds"
_PACKAGES = Path(metaprop.__path__[0]), Path(__file__).parents[2]

Code = dict[str, object]
"""What tells whether code is another: when its files were written, and what is installed."""


def code_of(root: Path, environment: Mapping[str, str]) -> Code:
    """Return what tells of the code that a build of the book at `root` would load."""
    named = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    folders = {*_PACKAGES, root / "lib", *map(Path, named)}
    found: Code = {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for folder in folders
        for path in folder.rglob("*.py")
    }
    # The names of what is installed hold its versions.
    for folder in filter(Path.is_dir, map(Path, site.getsitepackages())):
        found[str(folder)] = sorted(path.name for path in folder.iterdir())
    return found


class Ahead:
    """A process that has loaded what a build loads, of which builds are forks.

    Parameters
    ----------
    root : path
        Folder of the book.
    environment : mapping
        Variables of that process.

    Attributes
    ----------
    code : dict
        What :func:`code_of` gave before it was loaded.
    process : Popen
        That process.
    """

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.code = code_of(root, environment)
        self._folder = tempfile.TemporaryDirectory(prefix="reviewbook-")
        self._address = Path(self._folder.name) / "socket"
        self.process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(self._address)],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # what it complains of, the next build complains of
        )

    def ready(self) -> bool:
        """Whether it has loaded all, and lives."""
        return self.process.poll() is None and self._address.exists()

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        look: Callable[[], None],
    ) -> subprocess.CompletedProcess[str]:
        """Run ``jupyter-book``, as :func:`reviewbook.site.build.run` does.

        Parameters
        ----------
        command : sequence of str
            Name of the program, and its arguments.

        Raises
        ------
        ConnectionError
            When it has ended.
        """
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._address))
        request = {"argv": list(command), "cwd": str(folder), "env": dict(environment)}
        out, into = os.pipe()
        with os.fdopen(out, "rb") as printed:
            try:
                build = Forked(connection, request, [into])
            finally:
                os.close(into)
            text = attended(build, printed, look)
        return subprocess.CompletedProcess(command, build.wait(), text)

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        self._folder.cleanup()
