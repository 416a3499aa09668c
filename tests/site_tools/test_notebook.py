"""The notebook to download: numbers in its text, and no markup that Jupyter would print."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from review_copy import ROOT
from reviewbook.citation import Edition
from reviewbook.citation.repository import Repository
from reviewbook.site.notebook import plain, preface, readable
from reviewbook.site.notebook_tables import pipe_table
from reviewbook.tables import columns
from reviewbook.tables.table import MIME, BookTable, Column, role

SOURCE = """(sec-top)=
# Title

:::{chapter-header}
:mirrors: Results
:data: outcomes.csv
:::

Numbers are quoted by `{eval}`.

Of {eval}`n` patients {eval}`share`; see {doc}`other`, {doc}`a page <other>` and {term}`I²`.

::::{grid} 1 1 3 3
:gutter: 3

:::{grid-item-card} Read
:link: a
Start *here* with {eval}`n`.
:::
::::

:::{note}
Mind this.
:::

```text
:::{note} stays as it is {doc}`x
```

:::{glossary}
cohort
  One set.
:::

```{eval-rst}
.. autofunction:: pool
```

:::{cite-this-chapter}
:::
"""
KEPT = [("n", "196"), ("share", "87.5% (80 to 92)"), ("n", "196")]
ROLES = {"doc": lambda text, target: f"<{text}|{target}>"}


def test_text_has_its_numbers_and_no_directive() -> None:
    text = plain(SOURCE, iter(KEPT), ROLES)
    assert text.startswith(
        "# Title\n\nNumbers are quoted by `{eval}`.\n\n"
        "Of 196 patients 87.5% (80 to 92); see <other|other>, "
    )
    assert "<a page|other> and I²." in text
    assert "**Read**\n\nStart *here* with 196." in text
    assert "**Note**\n\nMind this." in text
    assert "**cohort**  \n  One set." in text
    assert "```text\n:::{note} stays as it is" in text, "code is quoted, not read"
    assert "`help()`" in text
    for gone in ("chapter-header", "Results", ":gutter:", ":link:", "autofunction", "(sec-top)"):
        assert gone not in text


def test_a_block_of_code_shows_what_is_typed() -> None:
    block = "````text\n```{code-cell} python\n1\n```\nIn {eval}`k` cohorts, {doc}`methods`.\n````"
    known = iter([("n", "12")])
    shown = plain(f"{block}\n\nOf {{eval}}`n` cohorts:\n\n{block}", known, {})
    assert shown == f"{block}\n\nOf 12 cohorts:\n\n{block}"


def test_another_number_than_the_next_is_refused() -> None:
    with pytest.raises(ValueError, match="the text evaluates n, but share was kept"):
        plain(SOURCE, iter([("share", "1")]), ROLES)
    with pytest.raises(ValueError, match="the text evaluates n, but nothing was kept"):
        plain(SOURCE, iter([]), ROLES)
    with pytest.raises(ValueError, match="evaluations that the text of the notebook does not hold"):
        readable({"cells": []}, preface="", evaluated=KEPT, roles={}, roles_of_outputs={})


def test_a_table_without_rows_is_its_sentence() -> None:
    myst = ":::{container}\n:name: tbl-none\n\nNothing was found: none.\n:::\n"
    assert pipe_table(myst) == "Nothing was found: none.\n"


def test_paragraphs_of_a_cell_are_lines_of_it() -> None:
    import pandas as pd

    lines = Column("a", "A", cell=lambda row: columns.lines("first", "second"))
    table = BookTable(pd.DataFrame({"a": [1]}), "tbl-a", "One row.", [lines])
    assert pipe_table(table.myst).splitlines()[-1] == "| first<br>second |"


def test_a_table_is_one_of_bars_with_its_notes() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": ["x | y", ""], "v": ["compatible", "reproduced"]})
    shown = [Column("a", "A"), Column("v", "V", format=lambda v: role("verdict", v))]
    table = BookTable(frame, "tbl-a", "Two rows.", shown, notes="See {doc}`other`.")
    assert pipe_table(table.myst).splitlines()[2:] == [
        "| A | V |",
        "| --- | --- |",
        "| x \\| y | {verdict}`compatible` |",
        "|  | {verdict}`reproduced` |",
    ]
    data = {MIME: table.to_dict(), "text/markdown": table.myst}
    cell = {"cell_type": "code", "source": "t", "outputs": [{"data": data}]}
    empty = {"cell_type": "markdown", "source": [":::{cite-this-chapter}\n", ":::"]}
    notebook = {"cells": [cell, empty], "metadata": {}}
    made = readable(
        notebook,
        preface="First.",
        evaluated=[],
        roles={},
        roles_of_outputs={"verdict": lambda text, target: text.upper()},
    )
    assert [one["cell_type"] for one in made["cells"]] == ["markdown", "code"]
    text = made["cells"][1]["outputs"][0]["data"]["text/markdown"]
    assert text.startswith("**Two rows.**\n\n| A | V |")
    assert text.endswith("| REPRODUCED |\n\nSee other.")
    assert ":::" in notebook["cells"][0]["outputs"][0]["data"]["text/markdown"], "a copy is changed"
    with pytest.raises(ValueError, match="expected a list-table with rows"):
        pipe_table("| a |")


@pytest.fixture
def edition() -> Edition:
    known = Edition.load(ROOT)
    return dataclasses.replace(
        known, base_url="", repository=None, date="2025-03-09", revision="swh:1:rev:" + "ab" * 20
    )


def test_the_first_cell_says_how_to_get_the_code_of_the_commit(edition: Edition) -> None:
    published = dataclasses.replace(
        edition,
        base_url="https://books.example/b/",
        repository=Repository("https://github.com/people/book"),
    )
    text = preface(published, "Complete remission")
    assert "page *Complete remission*" in text
    assert (
        "git clone https://github.com/people/book.git\ncd book && git checkout " + "ab" * 20 in text
    )
    assert "make setup" in text
    assert (Path(ROOT) / "Makefile").read_text(encoding="utf-8").count("\nsetup:") == 1


def test_without_a_repository_the_first_cell_leads_to_the_archive(edition: Edition) -> None:
    text = preface(edition, "T")
    assert "http" not in text
    assert f"source archive of release {edition.review.version}" in text
    assert "exact commit is not known" not in text
    assert "exact commit is not known" in preface(dataclasses.replace(edition, revision=""), "T")
