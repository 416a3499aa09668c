"""The list of references and the citations in the text, as a small book of them is built."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from reviewbook.book import open_book
from reviewbook.evidence.rows import records_of

BOOK = open_book()
ROOT = BOOK.review.root
CONFIGURATION = """
extensions = ["myst_nb", "sphinxcontrib.bibtex", "reviewbook.sphinxext.references"]
exclude_patterns = ["_build", "data"]
nb_execution_mode = "off"
bibtex_bibfiles = ["data/references.bib"]
bibtex_default_style = "reviewbook"
bibtex_reference_style = "reviewbook"
html_theme = "basic"
"""
CITING = """# One

{cite:p}`donor55_2025` and {cite:p}`becar7_2025_ash`; {cite:t}`zhang_x_2023` and
{cite:t}`zhang_y_2023`; {cite:p}`zhou_h_2025`; {cite:t}`chorao_2025`; {cite:p}`pan_2021`.
"""
REMARKS = re.compile(
    r"unverified|recalled|not (seen|visible|read|shown|verified)|author list|None|descriptive title"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("references")
    (root / "data").mkdir()
    shutil.copy(ROOT / "data" / "references.bib", root / "data")
    page = (ROOT / "chapters" / "references.md").read_text(encoding="utf-8")
    page = re.sub(r"^:::\{cite-this-chapter\}\n:::$", "", page, flags=re.M)
    page = page.replace("{doc}`data-dictionary`", "the data dictionary")
    index = "# Book\n\n```{toctree}\none\nreferences\n```\n"
    for name, text in (
        ("conf.py", CONFIGURATION), ("index.md", index), ("one.md", CITING), ("references.md", page)
    ):  # fmt: skip
        (root / name).write_text(text, encoding="utf-8")
    warnings = StringIO()
    with docutils_namespace():
        app = Sphinx(
            str(root), str(root), str(root / "out"), str(root / "doctrees"), "html",
            status=None, warning=warnings,
        )  # fmt: skip
        app.build()
    assert warnings.getvalue() == ""
    return root / "out"


def texts(site: Path, page: str, selector: str) -> list[str]:
    soup = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
    return [" ".join(found.get_text().split()) for found in soup.select(selector)]


def test_every_report_and_every_other_work_is_listed(site: Path) -> None:
    listed = texts(site, "references.html", "div.citation")
    assert len(listed) == len(BOOK.evidence.citation_keys)
    for key, report in records_of(BOOK.evidence).reports.items():
        who, when = report["report_name"].rsplit(" ", 1)
        name = who.rsplit(" ", 1)[0] if report["first_author"] else who
        assert any(name in text and when in text for text in listed), key


def test_no_working_remark_reaches_the_reader(site: Path) -> None:
    for page in ("references.html", "one.html"):
        (body,) = texts(site, page, "body")
        assert not REMARKS.search(body)


def test_a_work_without_authors_goes_by_its_place(site: Path) -> None:
    listed = texts(site, "references.html", "div.citation")
    (donor,) = [text for text in listed if "10.1182/blood.2025029299" in text]
    assert "Blood (authors not given). Donor-derived CD7" in donor
    assert "Blood, 2025a." in donor


def test_letters_of_citations_are_those_of_the_list(site: Path) -> None:
    (text,) = texts(site, "one.html", "div.body p")
    assert text == (
        "[Blood, 2025a] and [Blood, 2025b]; Zhang et al. [2023a] and Zhang et al. [2023b]; "
        "[Zhou et al., undated]; Chorão et al. [2025]; [Pan et al., 2021]."
    )
    listed = texts(site, "references.html", "div.citation")
    names = {key: records_of(BOOK.evidence).reports[key]["report_name"]
             for key in ("zhang_x_2023", "zhang_y_2023")}  # fmt: skip
    assert names == {"zhang_x_2023": "Zhang 2023a", "zhang_y_2023": "Zhang 2023b"}
    for doi, when in (("10.1002/ajh.27094", "2023a"), ("10.1038/s41408-023-00822-w", "2023b")):
        (entry,) = [text for text in listed if doi in text]
        assert when in entry


def test_the_list_is_in_the_order_of_names(site: Path) -> None:
    listed = texts(site, "references.html", "div.citation")
    first, last = listed[0], listed[-1]
    assert "Alcantara" in first
    assert "American Journal of Hematology (authors not given)" in listed[1]
    assert "Zou" in last
    assert ["Gracell" in text for text in listed].index(True) < len(listed) / 2
    place = {text: i for i, text in enumerate(listed) if "Blood (authors not given)" in text}
    assert ["2025a" in text for text in sorted(place, key=place.__getitem__)] == [True, False]
