"""Which cell failed is said; pages read side by side are those read in turn."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from myst_nb.core.execute.base import ExecutionError
from nbclient.exceptions import CellExecutionError
from pybtex.database import Entry
from pybtex.style.template import FieldIsMissing
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError, SphinxParallelError
from sphinx.util.docutils import docutils_namespace
from sphinx.util.parallel import ParallelTasks

from reviewbook.site.release import differing_files
from reviewbook.sphinxext.command import explain
from reviewbook.sphinxext.reading import readers

CELL = (
    "An error occurred while executing the following cell:\n------------------\n1/0\n"
    "------------------\n\nZeroDivisionError: division by zero\n"
)


def failing_page(page: str) -> None:
    try:
        raise CellExecutionError(CELL, "ZeroDivisionError", "division by zero")
    except CellExecutionError as error:
        raise ExecutionError(page) from error


def test_a_failed_cell_is_shown_without_its_machinery() -> None:
    with pytest.raises(ExecutionError) as caught:
        failing_page("chapters/methods.md")
    assert explain(caught.value) == f"chapters/methods.md: {CELL.strip()}"


def test_a_cell_that_failed_in_another_process_is_shown_alike() -> None:
    tasks = ParallelTasks(2)
    tasks.add_task(failing_page, "chapters/methods.md")
    with pytest.raises(SphinxParallelError) as caught:
        tasks.join()
    assert explain(caught.value) == f"chapters/methods.md: {CELL.strip()}"


def test_any_other_failure_is_shown_whole() -> None:
    assert explain(KeyError("x")).strip() == "KeyError: 'x'"
    assert explain(SphinxParallelError("KeyError: 'x'", "Traceback: all of it")) == (
        "Traceback: all of it"
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device"), "free some space and build again"),
        (FieldIsMissing("title", Entry("misc")), "data/references.bib: missing title in "),
        (ExtensionError("the data were\nnot ready"), "the data were\nnot ready"),
    ],
    ids=["disk", "bibliography", "extension"],
)
def test_what_says_enough_is_said_without_its_traceback(error: Exception, sentence: str) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        fail()
    for failed in (caught.value, in_another_process(caught.value)):
        assert sentence in explain(failed)
        assert "Traceback" not in explain(failed)


def in_another_process(error: Exception) -> SphinxParallelError:
    return SphinxParallelError(repr(error), "".join(traceback.format_exception(error)))


def test_an_error_in_a_handler_keeps_its_traceback() -> None:
    error = ExtensionError("Handler <f> for event 'x' threw an exception")
    error.__cause__ = KeyError("y")
    assert "KeyError: 'y'" in explain(in_another_process(error))


def build_one_page(folder: Path, cell: str) -> str:
    """Execute a page of one cell as the book does and return the warnings."""
    (folder / "index.md").write_text(PAGE.format(cell=cell), encoding="utf-8")
    warnings = io.StringIO()
    with docutils_namespace():
        Sphinx(
            folder, None, folder / "_html", folder / "_doctrees", "html",
            confoverrides={
                "extensions": ["myst_nb", "reviewbook.sphinxext.execution"],
                "nb_execution_raise_on_error": True,
                "nb_execution_mode": "inline",
                "nb_output_stderr": "error",
                "html_theme": "basic",
            },
            status=None, warning=warnings,
        ).build()  # fmt: skip
    return warnings.getvalue()


def test_a_kernel_that_ends_is_an_error_of_its_cell(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError) as caught:
        build_one_page(tmp_path, "import os; os._exit(1)")
    said = explain(caught.value)
    assert said.startswith(f"{tmp_path / 'index.md'}: The kernel ended while it ran the following")
    assert "import os; os._exit(1)" in said
    assert "Traceback" not in said


def test_the_text_on_standard_error_is_shown_with_its_page(tmp_path: Path) -> None:
    warnings = build_one_page(tmp_path, "import warnings; warnings.warn('deprecated thing')")
    assert "stderr was found in the cell outputs of cell 2" in warnings
    assert "UserWarning: deprecated thing" in warnings
    assert "index.md" in warnings


PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---

# Page

```{{code-cell}} ipython3
{cell}
```
"""

CONFIGURATION = """
project = "Pages"
extensions = ["myst_nb", "sphinxcontrib.bibtex"]
bibtex_bibfiles = ["references.bib"]
nb_execution_mode = "off"
html_theme = "basic"

def setup(app):
    from reviewbook.sphinxext import reading, terms

    reading.setup(app)
    terms.setup(app)
"""


def build_pages(root: Path, out: Path, cores: set[int]) -> Path:
    command = [sys.executable, "-m", "sphinx", "-W", "-E", "-b", "html", "-d", f"{out}-doctrees"]
    done = subprocess.run(
        [*command, str(root), str(out)],
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (out / ".buildinfo").unlink()
    return out


@pytest.mark.skipif(readers() < 2, reason="one core, or no Linux: pages are read in turn")
def test_pages_read_side_by_side_are_those_read_in_turn(tmp_path: Path) -> None:
    root = tmp_path / "book"
    root.mkdir()
    (root / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    entry = (
        "@article{key_%d,\n author = {Author %d}, title = {Title}, journal = {J}, year = 2020}\n"
    )
    (root / "references.bib").write_text(
        "".join(entry % (i, i) for i in range(9)), encoding="utf-8"
    )
    names = [f"page-{i}" for i in range(9)]
    for i, name in enumerate(names):
        text = (
            f"# Page {i}\n\nA {{term}}`word {i}` and {{doc}}`page-{8 - i}`, {{cite:p}}`key_{i}`.\n"
        )
        text += f"\n```{{glossary}}\nword {i}\n  The meaning of {i}.\n```\n"
        (root / f"{name}.md").write_text(text, encoding="utf-8")
    contents = "\n".join(
        ["# Pages", "", "```{toctree}", *names, "```", "", "```{bibliography}", "```"]
    )
    (root / "index.md").write_text(contents + "\n", encoding="utf-8")
    all_cores = os.sched_getaffinity(0)
    together = build_pages(root, tmp_path / "together", all_cores)
    in_turn = build_pages(root, tmp_path / "in-turn", {min(all_cores)})
    assert differing_files(together, in_turn) == []
