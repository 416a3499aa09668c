"""What one published state of the book is, and the citations of its parts.

An `Edition` says what is published where (one setting, the base URL, and the repository); each of
its parts is cited by a :class:`~reviewbook.citation.formats.Citation`. An edition that is not yet
published has no address, and nothing of it names one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reviewbook.review.project import load_review, toc_pages
from reviewbook.review.settings import Review

from .formats import KINDS, Citation
from .provenance import UNKNOWN, commit, edition_date
from .repository import Repository, configuration, load_repository

BASE_URL_VARIABLE = "REVIEWBOOK_BASE_URL"
LICENSES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MIT": "https://opensource.org/license/mit",
}


@dataclass(frozen=True, slots=True)
class Edition:
    """One published state of the book.

    Attributes
    ----------
    review : Review
        Title, authors, version, licence and article, as in ``data/review.toml``.
    base_url : str
        Where the site stands, with a final slash; empty if it is not yet published.
    date : str
        ISO day, or ``"unknown"``.
    commit : str
        The commit in words.
    revision : str
        SWHID of the commit, or empty if unknown.
    repository : Repository or None
        Where the source can be read and errors reported; None if that is not yet public.
    """

    review: Review
    base_url: str
    date: str
    commit: str
    revision: str
    repository: Repository | None = None

    @classmethod
    def load(cls, root: Path) -> Edition:
        """Read the settings of the book at `root`.

        ``$REVIEWBOOK_BASE_URL`` overrides the address in ``review.toml``; where neither has one,
        that of ``html: baseurl`` in ``_config.yml`` counts.
        """
        review, state, settings = load_review(root), commit(root), configuration(root)
        elsewhere = (settings.get("html") or {}).get("baseurl") or ""
        address = os.environ.get(BASE_URL_VARIABLE) or review.base_url or elsewhere
        return cls(
            review,
            site_url(address) if address else "",
            edition_date(root),
            state.describe(),
            state.swhid,
            load_repository(settings),
        )

    @property
    def issued(self) -> str:
        """ISO day of the edition, or an empty string if unknown."""
        return "" if self.date == UNKNOWN else self.date

    @property
    def dated(self) -> str:
        """Day of the edition in words: ``2026-11-28``, or ``date unknown``."""
        return self.issued or "date unknown"

    @property
    def license_url(self) -> str:
        """Address of the licence of text and data, or its name if no address is known."""
        return LICENSES.get(self.review.license, self.review.license)

    def url(self, page: str = "", anchor: str = "") -> str:
        """Address of a page (``chapters/methods``), or of an anchor on it; no page: the book.

        Empty as long as the edition is not published.
        """
        if not self.base_url:
            return ""
        address = self.base_url + (f"{quote(page)}.html" if page and page != "index" else "")
        return f"{address}#{anchor}" if anchor else address

    def cite(
        self,
        kind: str,
        *,
        title: str = "",
        url: str = "",
        key: str = "",
        language: str = "",
        note: str = "",
    ) -> Citation:
        """Return the `Citation` of one thing of this edition; see `Citation` for the fields."""
        if kind not in KINDS:
            raise ValueError(f"Unknown kind of citation {kind!r}, expected one of {list(KINDS)}.")
        review = self.review
        # Not from the base URL: a citation key must not change with the place of a release.
        slug = _slug(review.key or review.title)
        return Citation(
            kind=kind,
            key="-".join(filter(None, (slug, _slug(key), review.version))),
            title=title or review.title,
            container=review.title if KINDS[kind].contained else "",
            authors=review.authors,
            date=self.issued,
            version=review.version,
            url=url or self.base_url,
            language=language or review.language,
            license=review.license,
            note=note,
        )


def site_url(url: str) -> str:
    """Return an absolute http(s) address with exactly one final slash, or raise ValueError."""
    if not re.fullmatch(r"https?://[^\s?#]+", url):
        raise ValueError(
            f"base_url is {url!r}, expected an absolute address such as https://books.example/mine/"
        )
    return url.rstrip("/") + "/"


def _slug(text: str) -> str:
    """Lower-case letters, digits and hyphens only."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def whole_citations(edition: Edition) -> dict[str, Citation]:
    """Return the citations of the book, its data and its libraries, by the stem of their files."""
    where = edition.repository.url if edition.repository else ""
    pages = toc_pages(edition.review.root)

    def described(page: str) -> str:
        """Return the address of the page that describes a part, else that of the book."""
        return edition.url(page if page in pages else "")

    code = filter(None, (edition.revision or edition.commit, where))
    return {
        "book": edition.cite("book", note=edition.commit),
        "data": edition.cite(
            "data",
            title=f"Data of: {edition.review.title}",
            url=described("chapters/data-dictionary"),
            key="data",
            note=edition.commit,
        ),
        "library": edition.cite(
            "library",
            title=f"Code of: {edition.review.title}",
            url=described("chapters/library-reference"),
            key="library",
            note="; ".join(code),
        ),
    }
