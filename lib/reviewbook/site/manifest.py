"""The last step of a build, and how to verify a copy of the site.

``SHA256SUMS`` in the root of the site names every other file with its SHA-256, in the format of
the GNU tool: ``sha256sum -c SHA256SUMS`` verifies a copy without any of this code.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewbook.citation.edition import Edition
from reviewbook.citation.provenance import sha256
from reviewbook.site import SiteError
from reviewbook.words.marked import has_marks

SUMS = "SHA256SUMS"
# Left by Sphinx for its own next run, or about one run only.
LEFTOVERS = (".buildinfo", ".buildinfo.bak", ".doctrees", ".reviewbook-state", "reports")
# Files in which a sentence can stand.
TEXTS = frozenset({".html", ".csv", ".json", ".ipynb", ".svg", ".md", ".xml", ".js"})
# How long each page ran stands beside the site, never in it.
RUN_TIMES = "run-times.csv"


@dataclass(frozen=True, slots=True)
class Verification:
    """How a copy of the site differs from its manifest: relative paths, sorted."""

    checked: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """True if nothing was changed, is missing or was added."""
        return not (self.changed or self.missing or self.extra)


def site_files(site: Path) -> list[str]:
    """Return the relative paths of all files of the site but the manifest, sorted."""
    paths = (path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    return sorted(path for path in paths if path != SUMS)


def write_manifest(site: Path) -> Path:
    """Write ``SHA256SUMS`` and return its path."""
    lines = [f"{sha256((site / path).read_bytes())}  {path}\n" for path in site_files(site)]
    manifest = site / SUMS
    manifest.write_text("".join(lines), encoding="utf-8", newline="\n")
    return manifest


def read_manifest(site: Path) -> dict[str, str]:
    """Return path -> SHA-256 as the manifest says.

    Raises
    ------
    ValueError
        If there is no manifest, or a line of it is not a hash, two spaces and a path.
    """
    manifest = site / SUMS
    if not manifest.is_file():
        raise ValueError(f"{manifest} does not exist: this is no finished site, or not its root.")
    sums: dict[str, str] = {}
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        found = re.fullmatch(r"([0-9a-f]{64})  (\S.*)", line)
        if not found:
            raise ValueError(
                f"{SUMS}, line {number}: expected 64 hexadecimal digits, two spaces and a path, "
                f"found {line!r}"
            )
        sums[found[2]] = found[1]
    return sums


def verify_site(site: Path) -> Verification:
    """Compare every file of the site with its manifest."""
    sums = read_manifest(site)
    found = {path: sha256((site / path).read_bytes()) for path in site_files(site)}
    changed = [path for path in sums.keys() & found.keys() if sums[path] != found[path]]
    return Verification(
        checked=len(sums),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(sums.keys() - found.keys())),
        extra=tuple(sorted(found.keys() - sums.keys())),
    )


def plain_notebook(notebook: dict[str, Any]) -> str:
    """Return an executed notebook without what differs from run to run: times and cell ids."""
    for number, cell in enumerate(notebook["cells"]):
        cell.get("metadata", {}).pop("execution", None)
        if "id" in cell:
            cell["id"] = f"cell-{number}"
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def normalise(site: Path) -> None:
    """Remove leftovers of the run, and times and random cell ids from notebooks, in place."""
    for name in LEFTOVERS:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    for path in site.rglob("*.ipynb"):
        text = plain_notebook(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(text, encoding="utf-8", newline="\n")


def check_marks(site: Path) -> None:
    """Raise for a text of the site that still holds the marks of numbers, which nobody may see.

    Raises
    ------
    SiteError
        Names the files.
    """
    files = (path for path in sorted(site.rglob("*")) if path.suffix in TEXTS)
    marked = [
        path.relative_to(site).as_posix()
        for path in files
        if has_marks(path.read_text(encoding="utf-8"))
    ]
    if marked:
        raise SiteError(
            f"marks of numbers stand in {', '.join(marked)}: a sentence was kept, drawn or written "
            "by what does not take them out; see reviewbook.words.marked"
        )


def finalise_site(site: Path, root: Path) -> Path:
    """Finish the HTML output of Jupyter Book for the book at `root`; return its manifest.

    Takes out what differs between two builds of the same sources, describes the site as an
    RO-Crate, and writes the manifest last.
    """
    from reviewbook.citation.crate import export_crate

    check_marks(site)
    normalise(site)
    log = site.parent / RUN_TIMES
    kept = root / "_build" / RUN_TIMES
    if log.is_file() and log != kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, kept)
    export_crate(root, site, Edition.load(root))
    return write_manifest(site)
