"""Copies of the book in which a benchmark may build, change and add: never in its own folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_book(folder: Path) -> None:
    """Copy what git knows of the book, as it stands in the folder, and make it a repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "A copy"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


def variables(root: Path) -> dict[str, str]:
    """Return the variables of programs that run with the libraries of the book at `root`."""
    return {
        "PYTHONPATH": str(root / "lib"),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def build(root: Path) -> float:
    """Build the book of a folder strictly; return the seconds of it."""
    shutil.rmtree(root / "_build", ignore_errors=True)
    start = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "reviewbook", "build"],
        cwd=root, env=os.environ | variables(root), check=True,
    )  # fmt: skip
    return time.monotonic() - start
