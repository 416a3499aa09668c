"""What each chapter of a finished site was made of, and what was made of it.

Both are read from the page itself: the data files that its citation box names, and the files that
it offers. So the provenance of a chapter cannot say other than its page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path, PurePosixPath

DATA = re.compile(r'<div data-what="Data">.*?href="(?:\.\./)*(data/[^"]+)"')
OFFERED = re.compile(r'href="(?:\.\./)*(_downloads/(?:figures|tables)/[^"#?]+)"')
# The title of a page in its tab: before that of the book, if it is not the same.
TITLE = re.compile(r"<title>([^<]*?)(?: – [^<]*)?</title>")


@dataclass(frozen=True, slots=True)
class ChapterRun:
    """The run of one executed chapter.

    Attributes
    ----------
    page : str
        The page, as ``chapters/methods``.
    title : str
        What its page is called.
    used : tuple of str
        Paths below the site: its source, and the data files that it names.
    made : tuple of str
        Paths below the site: the page, its executed notebook, figures and tables.
    """

    page: str
    title: str
    used: tuple[str, ...]
    made: tuple[str, ...]

    @property
    def identifier(self) -> str:
        """Its name in a graph."""
        return f"#run-{self.page.replace('/', '-')}"


def chapter_runs(site: Path) -> Iterator[ChapterRun]:
    """Yield the run of each page of a site that has an executed notebook, by their names."""
    for path in sorted([*site.glob("*.html"), *site.glob("chapters/**/*.html")]):
        page = path.relative_to(site).with_suffix("").as_posix()
        notebook = f"_downloads/notebooks/{PurePosixPath(page).name}.ipynb"
        source = f"_sources/{page}.md"
        if not ((site / notebook).is_file() and (site / source).is_file()):
            continue
        text = path.read_text(encoding="utf-8")
        title = TITLE.search(text)
        offered = sorted({unescape(name) for name in OFFERED.findall(text)})
        yield ChapterRun(
            page=page,
            title=unescape(title[1]) if title else page,
            used=(source, *sorted({unescape(name) for name in DATA.findall(text)})),
            made=(path.relative_to(site).as_posix(), notebook, *offered),
        )
