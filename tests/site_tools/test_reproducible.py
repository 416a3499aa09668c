"""A copy can be verified, a release keeps its address, and the address is one setting."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from review_copy import ROOT, copy_data
from reviewbook.citation.edition import BASE_URL_VARIABLE
from reviewbook.citation.repository import REPOSITORY_VARIABLE
from reviewbook.commands import main
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.site.manifest import (
    finalise_site,
    normalise,
    read_manifest,
    verify_site,
    write_manifest,
)
from reviewbook.site.release import (
    ReleaseError,
    add_banner,
    differing_files,
    minor,
    publish,
    restore,
    versions,
    write_zip,
)


def make_site(folder: Path, *, title: str = "One", pages: tuple[str, ...] = ("a",)) -> Path:
    (folder / "chapters").mkdir(parents=True)
    (folder / "index.html").write_text(f"<html><body>\n{title}</body></html>", encoding="utf-8")
    for page in pages:
        html = f"<html><body class='x'>\n<p>{title} {page}</p></body></html>"
        (folder / "chapters" / f"{page}.html").write_text(html, encoding="utf-8")
    (folder / "data.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    write_manifest(folder)
    return folder


def test_an_untouched_copy_is_intact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = shutil.copytree(make_site(tmp_path / "site"), tmp_path / "copy")
    assert verify_site(copy).intact
    assert main(["verify-site", str(copy)]) == 0
    assert "3 files in SHA256SUMS, intact" in capsys.readouterr().out


def test_changed_missing_and_extra_files_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = make_site(tmp_path / "site")
    (site / "data.csv").write_text("a,b\n1,3\n", encoding="utf-8")
    (site / "chapters" / "a.html").unlink()
    (site / "chapters" / "b.html").write_text("new", encoding="utf-8")
    result = verify_site(site)
    assert result.changed == ("data.csv",)
    assert result.missing == ("chapters/a.html",)
    assert result.extra == ("chapters/b.html",)
    assert main(["verify-site", str(site)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "changed  data.csv",
        "missing  chapters/a.html",
        "extra    chapters/b.html",
    ]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="GNU sha256sum is not installed")
def test_the_ordinary_tool_reads_the_manifest(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    command = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
    assert subprocess.run(command, cwd=site, check=False).returncode == 0
    (site / "data.csv").write_text("other", encoding="utf-8")
    done = subprocess.run(command, cwd=site, check=False, capture_output=True)
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [("abc  file", "line 1: expected 64"), ("0" * 64 + " file", "line 1: expected 64")],
    ids=["short hash", "one space"],
)
def test_a_malformed_manifest_is_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "SHA256SUMS").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_no_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify-site", str(tmp_path)]) == 1
    assert "does not exist: this is no finished site" in capsys.readouterr().err


def test_normalising_twice_changes_nothing_more(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "id": "9f", "source": "", "outputs": [], "execution_count": 1}
    cell["metadata"] = {"execution": {"shell.execute_reply": "2025-01-01T00:00:00Z"}}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / ".buildinfo").write_text("x", encoding="utf-8")
    normalise(tmp_path)
    once = path.read_bytes()
    assert b"2025-01-01" not in once
    assert b"9f" not in once
    assert not (tmp_path / ".buildinfo").exists()
    normalise(tmp_path)
    assert path.read_bytes() == once


def test_differing_files_names_content_and_presence(tmp_path: Path) -> None:
    one, two = make_site(tmp_path / "1"), make_site(tmp_path / "2", pages=("a", "b"))
    assert differing_files(one, one) == []
    assert differing_files(one, two) == ["SHA256SUMS", "chapters/b.html"]
    (two / "data.csv").write_text("a,b\n1,3\n", encoding="utf-8")
    assert "data.csv" in differing_files(one, two)


def test_zip_of_the_same_files_is_the_same_file(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    (tmp_path / "a").mkdir()
    first = write_zip(site, tmp_path / "a" / "0.1.0.zip")
    os.utime(site / "data.csv", (0, 2_000_000_000))
    (tmp_path / "b").mkdir()
    assert write_zip(site, tmp_path / "b" / "0.1.0.zip") == first
    with zipfile.ZipFile(tmp_path / "a" / "0.1.0.zip") as packed:
        packed.extractall(tmp_path / "unpacked")
    assert verify_site(tmp_path / "unpacked" / "0.1.0").intact


def test_release_keeps_old_versions_and_says_that_they_are_old(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    publish(make_site(tmp_path / "1", title="First", pages=("a", "gone")), folder, "0.9.0")
    archive = (folder / "0.9.0.zip").read_bytes()
    publish(make_site(tmp_path / "2", title="Second", pages=("a", "new")), folder, "0.10.0")
    assert versions(folder) == ["0.10", "0.9"], "versions are numbers, not words"
    assert json.loads((folder / "versions.json").read_text())["latest"] == "0.10"
    old, new = folder / "v" / "0.9", folder / "v" / "0.10"
    for page, target in (("a", "../../0.10/chapters/a.html"), ("gone", "../../0.10/index.html")):
        html = (old / "chapters" / f"{page}.html").read_text()
        assert "First" in html
        assert html.count(f'href="{target}"') == 1
        assert (old / "chapters" / target).resolve().is_file()
    assert "older version" not in (new / "chapters" / "a.html").read_text()
    assert verify_site(old).intact
    assert verify_site(new).intact
    assert (folder / "0.9.0.zip").read_bytes() == archive, "what was released is never repacked"


@pytest.mark.parametrize("place", ["", "latest/"], ids=["no version", "latest"])
def test_addresses_without_a_version_lead_to_the_newest(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "published"
    publish(make_site(tmp_path / "1"), folder, "0.1.0")
    publish(make_site(tmp_path / "2"), folder, "0.2.0")
    for page in ("index.html", "chapters/a.html"):
        redirect = folder / f"{place}{page}"
        target = redirect.read_text().split("url=")[1].split('"')[0]
        assert (redirect.parent / target).resolve() == folder / "v" / "0.2" / page


def test_a_redirect_takes_the_anchor_along(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    publish(make_site(tmp_path / "1"), folder, "0.1.0")
    redirect = (folder / "chapters" / "a.html").read_text(encoding="utf-8")
    assert 'location.replace("../v/0.1/chapters/a.html" + location.hash)' in redirect


def test_the_page_for_lost_addresses_is_no_redirect(tmp_path: Path) -> None:
    """Served at /any/depth, a relative redirect would lead to the next lost address."""
    site = make_site(tmp_path / "1")
    (site / "404.html").write_text("<html><body>\nNot here</body></html>", encoding="utf-8")
    write_manifest(site)
    publish(site, tmp_path / "published", "0.1.0")
    page = (tmp_path / "published" / "404.html").read_text(encoding="utf-8")
    assert page == (site / "404.html").read_text(encoding="utf-8")


def test_a_correction_replaces_its_own_version_only(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    publish(make_site(tmp_path / "1", title="First"), folder, "0.1.0")
    publish(make_site(tmp_path / "2", title="Corrected"), folder, "0.1.1")
    assert versions(folder) == ["0.1"]
    assert "Corrected" in (folder / "v" / "0.1" / "index.html").read_text()
    assert {path.name for path in folder.glob("*.zip")} == {"0.1.0.zip", "0.1.1.zip"}


def test_the_zips_of_the_releases_rebuild_the_published_folder(tmp_path: Path) -> None:
    folder, archives = tmp_path / "published", tmp_path / "archives"
    publish(make_site(tmp_path / "1", title="First"), folder, "0.9.0")
    publish(make_site(tmp_path / "2", title="Second", pages=("b",)), folder, "0.10.0")
    archives.mkdir()
    for archive in folder.glob("*.zip"):
        shutil.copy(archive, archives)
    (archives / "supplement.zip").write_bytes(b"something else of a release")
    assert restore(archives, tmp_path / "rebuilt") == ["0.9.0", "0.10.0"]
    assert differing_files(folder, tmp_path / "rebuilt") == []


def test_a_damaged_site_is_not_released(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    (site / "index.html").write_text("changed", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"index\.html"):
        publish(site, tmp_path / "published", "0.1.0")
    assert not (tmp_path / "published").exists()


def test_banner_is_replaced_not_repeated() -> None:
    once = add_banner("<body>\n<p>x</p></body>", "0.2", "../0.2/a.html")
    twice = add_banner(once, "0.3", "../0.3/a.html")
    assert twice == add_banner("<body>\n<p>x</p></body>", "0.3", "../0.3/a.html")


@pytest.mark.parametrize("version", ["1", "0.1.0-rc1", "v0.1"])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"expected X\.Y or X\.Y\.Z"):
        minor(version)


CONFIGURATION = """
project = "Small book"
extensions = ["myst_nb", "sphinxcontrib.bibtex", "reviewbook.sphinxext.downloads",
              "reviewbook.sphinxext.citing.box", "reviewbook.sphinxext.citing.page",
              "reviewbook.sphinxext.site_files"]
exclude_patterns = ["_build", "data"]
nb_execution_mode = "off"
bibtex_bibfiles = ["data/references.bib"]
html_theme = "basic"
suppress_warnings = ["toc.not_readable"]
"""
BOOK = """# Small book

The first paragraph says what the small book is about.

```{toctree}
chapters/one
chapters/references
```

```{cite-this-chapter}
```
"""
CHAPTER = """# One & only

The first paragraph cites {cite}`liu_2025_target` and says something.

:::{list-table} Counts
:name: tbl-counts
:header-rows: 1
* - a
  - b
* - 1
  - 2
:::

## Last section

```{cite-this-chapter}
:data: cohorts.csv
```
"""
CONTENTS = """format: jb-book
root: index
chapters:
  - file: chapters/one
  - file: chapters/references
"""
REFERENCES = "# References\n\n```{bibliography}\n```\n\n```{cite-this-chapter}\n```\n"


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    root = tmp_path / "book"
    (root / "chapters").mkdir(parents=True)
    copy_data(root)
    for name, text in (
        ("conf.py", CONFIGURATION),
        ("_toc.yml", CONTENTS),
        ("index.md", BOOK),
        ("chapters/one.md", CHAPTER),
        ("chapters/references.md", REFERENCES),
    ):
        (root / name).write_text(text, encoding="utf-8")
    return root


def build_small(root: Path, out: Path, **environment: str) -> Path:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-E", "-b", "html"]
    told = {"PYTHONHASHSEED": "random", "SOURCE_DATE_EPOCH": "0", SOUND: digest(root / "data")}
    done = subprocess.run(
        [*command, "-d", str(out.parent / f"{out.name}-doctrees"), str(root), str(out)],
        env={**os.environ, **told, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def texts(site: Path) -> dict[str, str]:
    suffixes = (".html", ".bib", ".ris", ".json", ".cff", ".xml", ".txt")
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(site.rglob("*"))
        if path.suffix in suffixes and path.parts[-2] != "_static"
    }


@pytest.mark.slow
def test_moving_the_book_is_one_setting_and_a_build_repeats_itself(
    small_book: Path, tmp_path: Path
) -> None:
    old, new = "https://before.example/cd7-cart-book/", "https://books.example/cd7-cart-book/v/0.1/"
    repository = "https://github.com/people/book"

    def at(address: str) -> dict[str, str]:
        return {BASE_URL_VARIABLE: address, REPOSITORY_VARIABLE: repository}

    first = build_small(small_book, tmp_path / "first", **at(old))
    again = build_small(small_book, tmp_path / "again", **at(old))
    for site in (first, again):
        finalise_site(site, small_book)
    assert differing_files(first, again) == []
    moved = texts(build_small(small_book, tmp_path / "moved", **at(new)))
    before = texts(first)
    # The files of data/ are copies, byte for byte; the next test looks at them.
    pages = [name for name in moved if not name.startswith("data/")]
    assert "chapters/one.html" in pages
    for name in pages:
        rest = before[name].replace(old, new)
        assert moved[name] == rest, f"{name} holds an address that did not move"
    assert new in moved["_downloads/citations/one.bib"]
    assert f'href="{new}chapters/one.html"' in moved["chapters/one.html"]


def test_no_file_of_the_repository_names_a_placeholder() -> None:
    """Hosts that end in ".example" belong to nobody: tests and messages may use them."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the book is no clone")
    placeholder = r"[/@.]example\.(org|com|net)"
    command = ["git", "grep", "--name-only", "--extended-regexp", placeholder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == []
    assert re.search(placeholder, ".".join(["https://example", "org/"])), "it would be found"
