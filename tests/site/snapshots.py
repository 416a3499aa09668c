"""What each figure and table of the book looks like, one text file each, to be read as a diff.

``make snapshots`` writes them anew from the built site.
A figure is its downloadable drawing, one element a line; a table is its HTML, one tag a line.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

from built_site import PAGES, SITE, parse

KEPT = Path(__file__).parent / "snapshots"
OF_THE_MACHINE = {"tbl-build"}
"""Tables left out: they name the software of the very computer the site was built on."""
# What changes with every commit or with a citation elsewhere on the page, and the words put for it.
VARYING = (
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{40}\b|(?<=commit )[0-9a-f]{7,12}\b"), "HASH"),
    (re.compile(r"(?<=Version )[\w.+-]+, \d{4}-\d\d-\d\d"), "VERSION, DATE"),
    # The address of what is cited, or that it has none; where errors in a row are reported.
    (re.compile(r"(?<=VERSION, DATE\. )[^<]*"), "WHERE"),
    (re.compile(r' ?<a class="rb-report".*?</a>', flags=re.DOTALL), ""),
    (re.compile(r'(?<=["#]id)\d+(?=")'), ""),
    # Of the number in a cell; tests of the numbers hold it.
    (re.compile(r' id="n-[0-9a-f]{10}"'), ""),
    (re.compile(r"(?<=>Table )\d+(?= <)"), "NUMBER"),
)


def drawing(svg: str) -> str:
    """Return an SVG file with one element a line."""
    return re.sub(r">\s*<(?!/)", ">\n<", svg.strip()) + "\n"


def table(html: str) -> str:
    """Return a table with one tag a line, without what varies from commit to commit."""
    for pattern, word in VARYING:
        html = pattern.sub(word, html)
    lines = re.sub(r"\s*(<(?!/))", r"\n\1", html).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def snapshots(site: Path) -> dict[str, str]:
    """Return file name → text of every figure and table of a built site."""
    found = {}
    for page in PAGES:
        path = site / f"{page}.html"
        article = parse(path).article
        for figure in article.find_all("figure", id=True):
            link = figure.select_one('.rb-downloads a[href$=".svg"]')
            file = path.parent / link["href"]
            found[f"{figure['id']}.svg"] = drawing(file.read_text(encoding="utf-8"))
        for element in article.find_all("table", id=True):
            if element["id"] not in OF_THE_MACHINE:
                found[f"{element['id']}.html"] = table(str(element))
    return found


def difference(name: str, before: str, after: str) -> str:
    """Say where two texts part, and how to accept the second; empty when they are equal."""
    pairs = zip_longest(before.splitlines(), after.splitlines(), fillvalue="(nothing)")
    for number, (old, new) in enumerate(pairs, start=1):
        if old != new:
            shared = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
            start = max(0, shared - 60)
            return (
                f"{name} differs from its snapshot, first in line {number}:\n"
                f"  kept:  {old[start : start + 160]}\n"
                f"  built: {new[start : start + 160]}\n"
                "Look at it on the built page. If the change is meant: `make snapshots`, read "
                "`git diff tests/site/snapshots`, commit it with its reason."
            )
    return ""


def write(site: Path) -> None:
    """Write the snapshots of a site; those of figures and tables that are gone go too."""
    KEPT.mkdir(exist_ok=True)
    found = snapshots(site)
    for path in KEPT.iterdir():
        if path.name not in found:
            path.unlink()
    for name, text in found.items():
        (KEPT / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if not (SITE / "index.html").is_file():
        raise SystemExit(f"there is no built site at {SITE}: run `make book` first")
    write(SITE)
    count = len(list(KEPT.iterdir()))
    print(f"{count} snapshots; read `git diff tests/site/snapshots` before committing them")
