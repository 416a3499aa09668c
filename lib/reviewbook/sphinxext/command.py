"""Run ``jupyter-book``; when a cell fails, say which, in place of a hundred lines of its machinery.

Pages are read in processes of their own, and Sphinx does not print what went wrong in one.
"""

from __future__ import annotations

import gc
import re
import sys
import traceback
from pathlib import Path

from sphinx.errors import SphinxParallelError

from . import warm

# Objects between two searches for garbage. A page is a tree of many objects, all of them in use:
# by Python's default, 700, three quarters of the time that it takes to load one are searches.
OBJECTS = 100_000

# What nbclient says of a cell, up to where Python begins to tell how the error was passed on.
_CELL = re.compile(
    r"^nbclient\.exceptions\.Cell(?:Execution|Timeout)Error: (.*?)"
    r"(?=\n\nThe above exception was the direct cause|\Z)",
    flags=re.DOTALL | re.MULTILINE,
)
_PAGE = re.compile(r"^myst_nb\.core\.execute\.base\.ExecutionError: (.*)$", flags=re.MULTILINE)

# What a traceback says plainly enough in one place, and what can be done about it.
_SENTENCES = (
    (r"^OSError: (\[Errno 28\].*)$", r"\1\nThe disk is full: free some space and build again."),
    (r"^pybtex\.[\w.]+: (.*)$", r"data/references.bib: \1"),
    (r"^sphinx\.errors\.ExtensionError: (?!Handler )((?s:.*))\Z", r"\1"),
)


def explain(error: BaseException) -> str:
    """Return what went wrong without its machinery; what is not known here, as a whole traceback.

    Known are a cell that failed, which is named with its page, and `_SENTENCES`.
    """
    if isinstance(error, SphinxParallelError):
        text = str(error.traceback)
    else:
        text = "".join(traceback.format_exception(error))
    cell, page = _CELL.search(text), _PAGE.search(text)
    if cell and page:
        return f"{page[1]}: {cell[1].strip()}"
    for pattern, sentence in _SENTENCES:
        known = re.search(pattern, text.strip(), flags=re.MULTILINE)
        if known:
            return known.expand(sentence)
    return text


def main() -> int:
    """Run the command line of Jupyter Book and return its exit status."""
    if sys.argv[1:2] == ["build"]:
        warm.begin(Path(sys.argv[2]))
    from jupyter_book.cli.main import main as jupyter_book

    gc.set_threshold(OBJECTS)
    try:
        jupyter_book(standalone_mode=False)
    except RuntimeError as error:
        print(explain(error.__cause__ or error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
