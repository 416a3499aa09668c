"""Change several files together: all of them or none, whatever happens in between.

New contents are written beside the files and flushed to the disk first, so that a full disk is
found while nothing has changed. Then the old contents are kept in a folder of their own, and only
after that each file is replaced by a rename. An error or Ctrl-C on the way puts the old contents
back; if the process is killed outright, :func:`restore` does so on the next run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

KEPT = ".before-add-report"
"""Folder in ``data/`` with the old contents while files are replaced; gone afterwards."""
_NEW = ".new-by-add-report"


def replace_all(folder: Path, contents: Mapping[str, bytes], expected: Mapping[str, bytes]) -> None:
    """Replace files of a folder together.

    Parameters
    ----------
    folder : Path
    contents : mapping of str to bytes
        New contents by name.
    expected : mapping of str to bytes
        What the files hold now, as far as the caller knows.

    Raises
    ------
    ValueError
        When a file is no longer what was expected; nothing is changed then.
    OSError
        When something cannot be written; everything is as it was.
    """
    kept, new = folder / KEPT, folder / _NEW
    try:
        _fill(new, contents)
        for name, content in expected.items():
            if (folder / name).read_bytes() != content:
                raise ValueError(f"data/{name} was changed meanwhile; nothing was written")
        _keep(folder, kept, expected)
        for name in contents:
            shutil.copymode(folder / name, new / name)
            (new / name).replace(folder / name)
    except BaseException:  # Ctrl-C is none of the errors, and must leave nothing behind either
        restore(folder)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    # From here on the new contents stand: what was kept goes in one step.
    kept.rename(new)
    shutil.rmtree(new, ignore_errors=True)


def restore(folder: Path) -> tuple[str, ...]:
    """Put back what a run kept that did not come to its end; return the names of the files."""
    kept = folder / KEPT
    shutil.rmtree(folder / _NEW, ignore_errors=True)
    if not kept.is_dir():
        return ()
    names = tuple(sorted(path.name for path in kept.iterdir()))
    for name in names:
        # A copy, so that a second interruption finds everything that was kept still there.
        copied = folder / f".{name}.restored"
        shutil.copy2(kept / name, copied)
        copied.replace(folder / name)
    shutil.rmtree(kept)
    return names


def _fill(folder: Path, contents: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in contents.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _keep(folder: Path, kept: Path, expected: Mapping[str, bytes]) -> None:
    """Keep the old contents; the folder appears under its name when it is complete."""
    partial = folder / f"{KEPT}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        for name in expected:
            shutil.copy2(folder / name, partial / name)
        partial.rename(kept)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
