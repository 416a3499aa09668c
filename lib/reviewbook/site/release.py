"""Publish a version so that its address lasts, and prove that a build can be repeated.

Layout of the published folder, for versions 0.1 and 0.2::

    index.html, chapters/…html      redirects to the newest version
    latest/…                        the same redirects, for who wants to say "latest"
    versions.json                   versions, newest first
    v/0.1/…                         a complete site; its pages say that a newer version exists
    v/0.2/…                         a complete site
    0.2.zip, 0.2.zip.sha256         the site of a version as it was built, with its checksum
    0.2.cdx.json                    what was installed where it was built (CycloneDX)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from reviewbook.citation.edition import BASE_URL_VARIABLE, Edition
from reviewbook.citation.provenance import sha256
from reviewbook.site import SiteError

from .build import SITE, run
from .html import render
from .installed import installed
from .manifest import site_files, verify_site, write_manifest
from .sources import is_of_this_commit

# The oldest time a zip archive can hold: an archive of the same files is the same file.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_VERSION = re.compile(r"(\d+\.\d+)(\.\d+)?")
BANNER = re.compile(r"<!-- newer-version -->.*?<!-- /newer-version -->\n?", flags=re.DOTALL)


class ReleaseError(SiteError):
    """A release could not be made; the message says why."""


def minor(version: str) -> str:
    """Return ``X.Y`` of a version ``X.Y.Z``: corrections to a version replace it in its place."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"version is {version!r}, expected X.Y or X.Y.Z")
    return found[1]


def versions(folder: Path) -> list[str]:
    """Return the versions in a published folder, newest first."""
    names = [path.name for path in (folder / "v").glob("*") if re.fullmatch(r"\d+\.\d+", path.name)]
    return sorted(names, key=_order, reverse=True)


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def write_zip(site: Path, archive: Path) -> str:
    """Pack the files of `site` into `archive`, the same bytes every time; return its SHA-256."""
    top = archive.stem
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(p for p in site.rglob("*") if p.is_file()):
            name = f"{top}/{path.relative_to(site).as_posix()}"
            entry = zipfile.ZipInfo(name, date_time=ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            packed.writestr(entry, path.read_bytes())
    digest = sha256(archive.read_bytes())
    archive.with_name(f"{archive.name}.sha256").write_text(
        f"{digest}  {archive.name}\n", encoding="utf-8"
    )
    return digest


def add_banner(page: str, newest: str, href: str) -> str:
    """Return the HTML of an old page with the note that `newest` exists; an old note is replaced.

    The note is part of the page, so that it is there without any script.
    """
    note = render("newer-version.html", newest=newest, href=href)
    bare = BANNER.sub("", page)
    body = re.search(r"<body\b[^>]*>\n?", bare)
    if body is None:
        return bare
    return bare[: body.end()] + note + bare[body.end() :]


def html_pages(site: Path) -> list[str]:
    """Return the relative paths of the pages of a site, without what the theme keeps for itself."""
    return [path for path in site_files(site) if re.fullmatch(r"[^_].*\.html", path)]


def publish(site: Path, folder: Path, version: str) -> None:
    """Add a built `site` to the published `folder` as `version` and update everything around it.

    Raises
    ------
    ReleaseError
        If the site does not agree with its own manifest.
    """
    result = verify_site(site)
    if not result.intact:
        raise ReleaseError(f"The site differs from its manifest: {result}")
    target = folder / "v" / minor(version)
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(site, target)
    write_zip(site, folder / f"{version}.zip")
    arrange(folder)


def restore(archives: Path, folder: Path) -> list[str]:
    """Add earlier versions from the zips of their releases in `archives`; return the versions.

    The folder that is published need not be kept anywhere: the zips of the releases rebuild it.
    """
    names = (path.stem for path in archives.glob("*.zip"))
    # A release may have other files too.
    order = sorted(filter(_VERSION.fullmatch, names), key=_order)
    for version in order:
        with tempfile.TemporaryDirectory(prefix="reviewbook-") as scratch:
            shutil.unpack_archive(archives / f"{version}.zip", scratch)
            publish(Path(scratch) / version, folder, version)
    return order


def arrange(folder: Path) -> None:
    """Make redirects, banners and the list of versions agree with the versions that are there."""
    present = versions(folder)
    newest = present[0]
    pages = html_pages(folder / "v" / newest)
    for old in present[1:]:
        site = folder / "v" / old
        for page in html_pages(site):
            up = "../" * (page.count("/") + 1)
            same = page if page in pages else "index.html"
            path = site / page
            text = add_banner(path.read_text(encoding="utf-8"), newest, f"{up}{newest}/{same}")
            path.write_text(text, encoding="utf-8", newline="\n")
        # The zip keeps the pages as they were built; this is what is served.
        write_manifest(site)
    shutil.rmtree(folder / "latest", ignore_errors=True)
    # Shown at any address that does not exist, however deep: a relative redirect from there would
    # lead to another such address, and so on without end.
    lost = folder / "v" / newest / "404.html"
    if lost.is_file():
        shutil.copyfile(lost, folder / lost.name)
    for page in (page for page in pages if page != lost.name):
        depth = page.count("/")
        for place, up in ((folder / page, ""), (folder / "latest" / page, "../")):
            place.parent.mkdir(parents=True, exist_ok=True)
            target = "../" * depth + up + f"v/{newest}/{page}"
            moved = render("moved.html", target=target, canonical="")
            place.write_text(moved, encoding="utf-8", newline="\n")
    text = json.dumps({"latest": newest, "versions": present}, indent=1)
    (folder / "versions.json").write_text(text + "\n", encoding="utf-8")


def build_site(root: Path, base_url: str = "") -> Path:
    """Build the book at `root` in a process of its own, with its own libraries; return the site."""
    environment = {**os.environ, "PYTHONPATH": str(root / "lib"), "REVIEWBOOK_ROOT": str(root)}
    environment.pop("SOURCE_DATE_EPOCH", None)  # the commit of `root` gives the date
    if base_url:
        environment[BASE_URL_VARIABLE] = base_url
    command = [sys.executable, "-m", "reviewbook", "build"]
    done = run(command, folder=root, environment=environment)
    if done.returncode:
        raise ReleaseError(f"The build in {root} failed:\n{done.stdout[-6000:]}")
    return root / "_build" / "html"


def clone(root: Path, target: Path) -> Path:
    """Return a clean clone of the commit that `root` is at."""
    command = ["git", "clone", "--quiet", "--no-hardlinks", str(root), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"git clone of {root} failed: {done.stderr.strip()}")
    return target


def differing_files(first: Path, second: Path) -> list[str]:
    """Return the relative paths that are not byte for byte the same in two folders."""
    contents = [
        {
            (path.relative_to(top).as_posix(), path.is_file() and sha256(path.read_bytes()))
            for path in top.rglob("*")
        }
        for top in (first, second)
    ]
    return sorted({path for path, _ in contents[0] ^ contents[1]})


def release(root: Path, folder: Path, archives: Path | None = None) -> str:
    """Build the commit of `root`, add it to the published `folder` and return its version.

    Beside the archive of the site stands the list of what is installed.
    `archives` is a folder with the zips of earlier releases, which are added first.
    """
    if archives:
        restore(archives, folder)
    edition = Edition.load(root)
    version = edition.review.version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as scratch:
        copy = clone(root, Path(scratch) / "source")
        packages = installed(copy, Edition.load(copy))
        address = edition.base_url and f"{edition.base_url}v/{minor(version)}/"
        publish(build_site(copy, address), folder, version)
    (folder / f"{version}.cdx.json").write_text(packages, encoding="utf-8", newline="\n")
    return version


def compare_two_builds(root: Path, keep: Path | None = None) -> tuple[int, list[str]]:
    """Build the commit of `root` twice; return the number of files and those that differ.

    A site that stands there and was built from this commit is one of the two. They are kept in
    the folder `keep` when there is one, as ``first`` and ``second``.
    """
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as scratch:
        # Paths of different length, one with a space: a path that leaks into the site shows.
        sites = [
            root / SITE
            if is_of_this_commit(root)
            else build_site(clone(root, Path(scratch) / "one")),
            build_site(clone(root, Path(scratch) / "another place" / "two")),
        ]
        if keep:
            for place, site in zip(("first", "second"), sites, strict=True):
                shutil.copytree(site, keep / place, dirs_exist_ok=True)
        return len(site_files(sites[0])), differing_files(*sites)
