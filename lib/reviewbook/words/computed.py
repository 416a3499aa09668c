"""What takes long to compute, computed once and found again on disk by all that made it.

Several chapters, the claims and ``results.json`` ask for the same pools, each in a process of its
own, and a build after a change to one count asks again for those of every other outcome. A build
names a folder by :data:`VARIABLE`, and :func:`computed` keeps there what a function gives that
depends on its arguments alone, under a hash of these, of all code that it can lead to, and of the
versions of Python and of the libraries below. So nothing there is ever out of date, and a folder
that is deleted is a build that takes longer. Without the variable everything is computed.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import metadata
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

VARIABLE = "REVIEWBOOK_COMPUTED"
"""The variable of the environment with the folder."""
FOLDER = Path("_build") / "kept" / "computed"
"""The folder that a book has for it, below its own."""
_CODE = {"metaprop": ("metaprop",), "reviewbook": ("metaprop", "reviewbook")}
"""The packages that the functions of a package lead to."""
_BELOW = ("numpy", "scipy", "statsmodels", "pandas", "beautifulsoup4")
_UNUSED = 30 * 86_400  # seconds after which what no build asked for is deleted


def name_folder(root: Path) -> str:
    """Name the folder of the book at `root`, unless one is named; return the one that is."""
    return os.environ.setdefault(VARIABLE, str(root / FOLDER))


def computed(function: Callable[..., T], *given: Any, **options: Any) -> T:
    """Return ``function(*given, **options)``, from disk if it was computed there before.

    Parameters
    ----------
    function : callable
        Function of `metaprop` or of this package that reads nothing but its arguments.
    *given, **options
        Numbers, texts, arrays, recipes, and lists of these.

    Raises
    ------
    TypeError
        When `function` is of another package, or an argument is something else.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return function(*given, **options)
    path = Path(folder) / key(function, *given, **options)
    # A file that cannot be read, or is no longer understood, is one that is not there.
    with suppress(Exception):
        found: T = pickle.loads(path.read_bytes())
        with suppress(OSError):  # a folder that can only be read is good for that
            path.touch()
        return found
    made = function(*given, **options)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_bytes(pickle.dumps(made))
        new.replace(path)
    return made


def key(function: Callable[..., Any], *given: Any, **options: Any) -> str:
    """Return the name under which a result is kept: a hash of all that makes it."""
    package = function.__module__.partition(".")[0]
    if package not in _CODE:
        raise TypeError(f"a function of {' or '.join(_CODE)} was expected, got {function!r}")
    called = (function.__module__, function.__qualname__, _plain(given), _plain(options))
    return hashlib.sha256(f"{_code(package)}{called!r}".encode()).hexdigest()


def sweep(folder: Path) -> None:
    """Delete what no build has asked for in 30 days."""
    for path in folder.glob("*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNUSED:
                path.unlink()


@cache
def _code(package: str) -> str:
    """Return a hash of the code of a package and of the versions of what it stands on."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update(repr([metadata.version(name) for name in _BELOW]).encode())
    for part in _CODE[package]:
        for path in sorted(Path(sys.modules[part].__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return an argument as something whose `repr` is equal where the argument is."""
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return (value.dtype.str, value.shape, hashlib.sha256(value.tobytes()).hexdigest())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return [(name, _plain(one)) for name, one in sorted(value.items())]
    if is_dataclass(value) and not isinstance(value, type):
        named = [(one.name, _plain(getattr(value, one.name))) for one in fields(value)]
        return (type(value).__qualname__, named)
    raise TypeError(f"numbers, texts, arrays, recipes and lists are expected, got {value!r}")
