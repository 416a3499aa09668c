"""One build at a time in a folder: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

LOCK = Path("_build") / "lock"


@contextmanager
def alone(
    root: Path, say: Callable[[str], None], *, lock: Path = LOCK, what: str = "build"
) -> Iterator[None]:
    """Hold the lock of the builds of `root`; wait for another build, and say who it is.

    The lock is the system's (``flock``): a build that is killed leaves none.

    Parameters
    ----------
    say : callable
        Called with one sentence before waiting.
    lock : path
        The file of the lock, from `root`.
    what : str
        What is done alone, as the sentence calls it.
    """
    path = root / lock
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            say(f"Waiting for another {what} in {root} ({file.read().strip() or 'just begun'}).")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%H:%M:%S}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
