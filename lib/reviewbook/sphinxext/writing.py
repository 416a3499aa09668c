"""How pages are written: side by side, once all of them are read.

Sphinx can write in parallel, but one process resolves the references of all pages for the others,
which takes most of the time. Here each process resolves and writes its own share. What a page tells
of itself it writes to files, so nothing but warnings and the images it shows has to come back.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .reading import InTurn, readers

SHARES = 2
"""Shares of the pages for each process: one that has the quick pages takes another share."""


def write_side_by_side(app: Sphinx, env: BuildEnvironment) -> None:
    """Let Sphinx write as many pages at a time as it reads."""
    app.parallel = 1  # not in its own way
    builder, write_in_turn = app.builder, app.builder._write_serial

    def write(pages: Sequence[str]) -> dict[str, str]:
        write_in_turn(pages)
        return builder.images

    def take(pages: Sequence[str], images: dict[str, str]) -> None:
        builder.images.update(images)

    def write_all(pages: Sequence[str]) -> None:
        if readers() == 1 or len(pages) == 1:
            write_in_turn(pages)
            return
        # The shortest is written here: templates and data are then loaded for all.
        *others, shortest = sorted(pages, key=lambda page: _size(env, page), reverse=True)
        write_in_turn([shortest])
        gc.freeze()  # what is shared is not written to by a collection
        tasks = InTurn(readers())
        number = min(SHARES * readers(), len(others))
        for first in range(number):  # each a mixture of long and short pages
            tasks.add_task(write, others[first::number], take)
        tasks.join()
        gc.unfreeze()

    builder._write_serial = write_all


def _size(env: BuildEnvironment, page: str) -> int:
    return (Path(env.doctreedir) / f"{page}.doctree").stat().st_size


def setup(app: Sphinx) -> None:
    """Connect to the end of reading."""
    app.connect("env-updated", write_side_by_side)
