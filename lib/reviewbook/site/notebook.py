"""The executed notebook of a page as a reader opens it: plain Markdown, with its numbers.

The source of a page is MyST: evaluations, roles and directives that Jupyter does not know and would
print as they stand. Here an evaluation becomes its text, a role its words, a directive its content.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from reviewbook.citation import Edition

from .notebook_tables import pipe_table

# Directives that say nothing in a notebook: furniture of the page, and what only Sphinx can make.
DROPPED = frozenset(
    {"chapter-header", "cite-this-chapter", "explorer", "bibliography", "toctree", "eval-rst"}
)
# Directives whose argument is a title for the reader; that of others is an option.
TITLED = frozenset({"grid-item-card", "admonition"})
ADMONITIONS = frozenset(
    {"attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning"}
)

_DIRECTIVE = re.compile(r"\s*(:{3,}|`{3,})\s*\{([\w:+-]+)\}\s*(.*)")
_CODE = re.compile(r"\s*(`{3,}|~{3,})")
_BLOCK = re.compile(r"^(`{3,}|~{3,})(?!\s*\{)[^\n]*\n.*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_OPTION = re.compile(r"\s*:[\w-]+:(\s|$)")
_LABEL = re.compile(r"\([\w-]+\)=\s*")
# A role behind a backtick is one that is quoted: `{eval}` as code.
_ROLE = re.compile(r"(?<!`)\{([a-z][\w:+-]*)\}`([^`]+)`")
_EVALUATION = re.compile(r"(?<!`)\{eval\}`([A-Za-z_][\w.]*)`")
_TARGET = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)

Role = Callable[[str, str], str]
"""Words and target of a role → what stands for it; both are the same where it has only one."""


def readable(
    notebook: Mapping[str, Any],
    *,
    preface: str,
    evaluated: list[tuple[str, str]],
    roles: Mapping[str, Role],
    roles_of_outputs: Mapping[str, Role],
) -> dict[str, Any]:
    """Return an executed notebook with plain Markdown, and `preface` as its first cell.

    Parameters
    ----------
    notebook : mapping
        A Jupyter notebook of format 4 whose text is MyST. Code stays as it is, and of outputs
        only the Markdown of a table changes.
    preface : str
        Markdown.
    evaluated : list of (expression, text)
        What the evaluations gave, in the order of the page.
    roles : mapping
        How to put a role of the text into words; of a role that is not here the words stay.
    roles_of_outputs : mapping
        The same for outputs, whose hash is printed: they must not depend on any address.

    Raises
    ------
    ValueError
        If an evaluation of the text is not the next of those that were kept.
    """
    # Here, for a build that changes nothing needs no drawing.
    from reviewbook.figures.drawing.figure import MIME as FIGURE
    from reviewbook.tables.table import MIME as TABLE

    result = copy.deepcopy(dict(notebook))
    known = iter(evaluated)
    cells = []
    for cell in result["cells"]:
        if cell["cell_type"] == "markdown":
            text = plain(_joined(cell["source"]), known, roles)
            if not text.strip():
                continue
            cell["source"] = text
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind in (FIGURE, TABLE):  # the site tells it once, on the page of numbers
                if kind in data:
                    data[kind].pop("told", None)
            if FIGURE in data:
                data[FIGURE].pop("pdf", None)  # the page offers it; a notebook shows the image
            if TABLE in data and "text/markdown" in data:
                table = pipe_table(_joined(data["text/markdown"]))
                notes = data[TABLE].get("notes") or ""
                data["text/markdown"] = _in_words(f"{table}\n{notes}".strip(), roles_of_outputs)
        cells.append(cell)
    if left := list(known):
        raise ValueError(f"evaluations that the text of the notebook does not hold: {left}")
    first = {"cell_type": "markdown", "id": "preface", "metadata": {}, "source": preface}
    result["cells"] = [first, *cells]
    return result


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def plain(source: str, known: Iterator[tuple[str, str]], roles: Mapping[str, Role]) -> str:
    """Return MyST text as Markdown that any reader of notebooks shows as it is meant."""

    def value(found: re.Match[str]) -> str:
        expression, text = next(known, ("nothing", ""))
        if expression != found[1]:
            raise ValueError(f"the text evaluates {found[1]}, but {expression} was kept")
        return text

    shown = _outside_code(partial(_EVALUATION.sub, value), source)
    text = _outside_code(partial(_in_words, roles=roles), "\n".join(_unwrapped(shown.split("\n"))))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def _outside_code(work: Callable[[str], str], text: str) -> str:
    """Return `text` with `work` done between its blocks of code, which show what is typed."""
    parts, end = [], 0
    for block in _BLOCK.finditer(text):
        parts += [work(text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, work(text[end:])])


def _in_words(text: str, roles: Mapping[str, Role]) -> str:
    def words(found: re.Match[str]) -> str:
        named = _TARGET.fullmatch(found[2])
        said, target = (named[1], named[2]) if named else (found[2], found[2])
        return roles.get(found[1], lambda said, target: said)(said, target)

    return _ROLE.sub(words, text)


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Yield the lines without the fences and options of directives, and without what is dropped."""
    open_directives: list[tuple[str, str]] = []  # fence and name
    code = ""  # fence of the code block we are in
    head = False  # whether options of a directive may follow
    for line in lines:
        mark = line.strip()
        hidden = _hidden(open_directives)
        if code:
            code = "" if mark == code else code
        elif open_directives and mark == open_directives[-1][0]:
            _, name = open_directives.pop()
            if name == "eval-rst" and not _hidden(open_directives):
                yield "*The entries of the reference stand on the page; `help()` prints them.*"
            yield ""
            continue
        elif directive := _DIRECTIVE.fullmatch(line):
            open_directives.append((directive[1], directive[2]))
            head = True
            if directive[2] in TITLED and directive[3]:
                yield f"**{directive[3]}**\n"
            elif directive[2] in ADMONITIONS:
                yield f"**{directive[2].capitalize()}**\n"
            continue
        elif head and _OPTION.match(line):
            continue
        elif fence := _CODE.match(line):
            code = fence[1]
        elif _LABEL.fullmatch(line):
            continue
        head = False
        if hidden:
            continue
        if open_directives and open_directives[-1][1] == "glossary" and line and line[0] != " ":
            yield f"**{line}**  "  # two blanks: its definition begins a line
        else:
            yield line


def _hidden(open_directives: list[tuple[str, str]]) -> bool:
    """Whether one of the open directives is dropped."""
    return any(name in DROPPED for _, name in open_directives)


def preface(edition: Edition, title: str) -> str:
    """Return the first cell: which edition this is, and how to get the code and data behind it."""
    review, commit = edition.review, edition.revision.rpartition(":")[2]
    said = (
        f"**{review.title}**, version {review.version}, {edition.date}, {edition.commit}. This "
        f"notebook is the page *{title}* as it was executed for that edition; its outputs and the "
        "numbers in its text are those of the page."
    )
    parts = [said + (f" The book: {edition.base_url}" if edition.base_url else "")]
    install = "make setup\n.venv/bin/python -m pip install jupyterlab\n.venv/bin/jupyter lab"
    if edition.repository is None:
        parts.append(
            "To run it you need the code and the data of that commit, which have no public "
            f"address yet: unpack the source archive of release {review.version}, put this "
            "notebook into its folder `chapters/`, and run in the unpacked folder:"
        )
        parts.append(f"```bash\n{install}\n```")
    else:
        url, name = edition.repository.url, edition.repository.name
        checkout = f" && git checkout {commit}" if commit else ""
        parts.append(
            "To run it, get the code and the data of that commit, and put this notebook into the "
            "folder `chapters/`:"
        )
        parts.append(f"```bash\ngit clone {url}.git\ncd {name}{checkout}\n{install}\n```")
        parts.append(
            "On a server such as Colab, run this in a cell above the first one instead "
            "(Python 3.11 or newer):"
        )
        back = f" && git -C {name} checkout {commit}" if commit else ""
        parts.append(
            f"```python\n!git clone {url}.git{back}\n"
            f"%pip install --quiet --requirement {name}/requirements.lock\n"
            "import os, sys\n"
            f'sys.path.insert(0, os.path.abspath("{name}/lib"))\n'
            f'os.environ["REVIEWBOOK_ROOT"] = os.path.abspath("{name}")\n```'
        )
    if not commit:
        parts.append(
            "The exact commit is not known, or files were changed after it: another state of the "
            "code may give other numbers."
        )
    return "\n\n".join(parts)
