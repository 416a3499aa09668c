"""The search of the site: its page, its index, and where it leads.

Sphinx indexes code, drawings and hashes too, knows no synonyms, and cannot show where it found a
word on a site opened from a disk. Here the finished pages are read
(`reviewbook.site.search_index`), MiniSearch ranks their sections, and ``search.js`` gathers them by
page. All of it is loaded by the search page alone; another page loads ``search-marks.js`` when a
result has led there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.application import Sphinx
from sphinx.config import Config

from reviewbook.evidence.rows import surname
from reviewbook.evidence.table import listed
from reviewbook.review.project import load_review, toc_pages
from reviewbook.review.study_review import StudyReview
from reviewbook.site.search_index import (
    Known,
    SearchPage,
    cohort_entries,
    index_script,
    read_page,
    with_entries,
    with_names,
)
from reviewbook.site.search_wording import wording
from reviewbook.words.computed import computed

from .reading import is_whole, readers

if TYPE_CHECKING:
    from reviewbook.book import Book

INDEX = "searchindex.js"
# Of the theme that ours is made from, and nowhere used.
LEFTOVERS = ("searchtools.js", "language_data.js", "sphinx_highlight.js", "doctools.js")


def cohort_names(book: Book) -> dict[str, Known]:
    """Return the name of each cohort -> what it is known by, for all cohorts of the evidence.

    By author and year of its reports, and by their registrations, its product and its centre.
    """
    names: dict[str, Known] = {}
    reports = book.evidence.reports
    for cohort in book.evidence.cohorts.to_dict("records"):
        of_it = [cohort["cohort_id"] in listed(cell) for cell in reports["cohort_id"]]
        own = reports[of_it].to_dict("records")
        # Pan J, 2021: readers look for Pan 2021.
        authors = (surname(row["first_author"]) for row in own)
        years = (str(row["year"]) for row in own)
        written = [f"{who} {when}" for who, when in zip(authors, years, strict=True) if who]
        known = [*(row["registration"] for row in own), cohort["product"]]
        known += [cohort["centre"], cohort["country"]]
        names[str(cohort["label"])] = Known(
            tuple(dict.fromkeys(written)), tuple(dict.fromkeys(filter(None, map(str, known))))
        )
    return names


def known_names(root: Path) -> dict[str, Known]:
    """Return what readers may look for by name in the book at `root`: its cohorts or its studies.

    Nothing is known of a study but its name.
    """
    # Here, for a build that changes nothing needs neither.
    from reviewbook.book import open_book
    from reviewbook.pooling.study_book import open_studies

    if isinstance(load_review(root), StudyReview):
        return {name: Known((), ()) for name in open_studies(root).names}
    return cohort_names(open_book(root))


def read_pages(site: Path, written: Sequence[str]) -> list[SearchPage]:
    """Return what can be found on each finished page, several read at a time where pages were."""
    if readers() == 1:
        return [_read(site, page) for page in written]
    with Pool(readers()) as pool:
        return pool.map(partial(_read, site), written, chunksize=1)


def _read(site: Path, page: str) -> SearchPage:
    return computed(read_page, (site / f"{page}.html").read_text("utf-8"), page)


def own_page(app: Sphinx, config: Config) -> None:
    """Let Sphinx write our search page as any other page beside the book's."""
    config.html_additional_pages["search"] = "search.html"


def no_index_of_sphinx(app: Sphinx) -> None:
    """Keep Sphinx from indexing."""
    app.builder.search = False


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Read the finished pages and write the index, with the synonyms of library and review."""
    if exception is not None or app.builder.format != "html" or not is_whole(app):
        return
    root, site = Path(app.srcdir), Path(app.outdir)
    written = [page for page in toc_pages(root) if (site / f"{page}.html").is_file()]
    pages = read_pages(site, written)
    words = wording(root)
    cohorts = cohort_entries(pages, known_names(root), words.cohorts)
    pages = [with_entries(page, cohorts.get(page.address, ())) for page in pages]
    pages = [with_names(page, words.called) for page in pages]
    (site / INDEX).write_text(index_script(pages, words.same), encoding="utf-8")
    for name in LEFTOVERS:
        (site / "_static" / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Connect page and index."""
    app.connect("config-inited", own_page)
    app.connect("builder-inited", no_index_of_sphinx)
    # After the pages, before the files that are listed.
    app.connect("build-finished", write_index, priority=200)
