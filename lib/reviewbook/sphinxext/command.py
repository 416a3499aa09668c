"""Run ``jupyter-book``; when a cell fails, say which, in place of a hundred lines of its machinery.

Pages are read in processes of their own, and Sphinx does not print what went wrong in one.
"""

from __future__ import annotations

import re
import sys
import traceback

from sphinx.errors import SphinxParallelError

# What nbclient says of a cell, up to where Python begins to tell how the error was passed on.
_CELL = re.compile(
    r"^nbclient\.exceptions\.Cell(?:Execution|Timeout)Error: (.*?)"
    r"(?=\n\nThe above exception was the direct cause|\Z)",
    flags=re.DOTALL | re.MULTILINE,
)
_PAGE = re.compile(r"^myst_nb\.core\.execute\.base\.ExecutionError: (.*)$", flags=re.MULTILINE)


def explain(error: BaseException) -> str:
    """Return the page, the cell and its error if a cell failed, else the whole traceback."""
    if isinstance(error, SphinxParallelError):
        text = str(error.traceback)
    else:
        text = "".join(traceback.format_exception(error))
    cell, page = _CELL.search(text), _PAGE.search(text)
    return f"{page[1]}: {cell[1].strip()}" if cell and page else text


def main() -> int:
    """Run the command line of Jupyter Book and return its exit status."""
    from jupyter_book.cli.main import main as jupyter_book

    try:
        jupyter_book(standalone_mode=False)
    except RuntimeError as error:
        print(explain(error.__cause__ or error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
