"""A page that is open follows what is saved, also when it cannot be built."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reviewbook.site.new_review.folder import new_review

CONTENTS = "format: jb-book\nroot: index\nchapters:\n  - file: chapters/two\n"
TEXT = "# Two\n\nPage without code.\n"
WITH_CODE = """---
file_format: mystnb
kernelspec:
  name: python3
---

# Two

Page with code.

```{code-cell} ipython3
%s
```
"""
BUILD = 60_000  # milliseconds that a build may take on a busy machine


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder of a small book that is watched, and its address."""
    root = new_review(tmp_path / "book").review.root
    (root / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    (root / "index.md").write_text("# Small\n\nThe first page.\n", encoding="utf-8")
    for chapter in (root / "chapters").iterdir():
        chapter.unlink()
    (root / "chapters" / "two.md").write_text(TEXT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "reviewbook", "watch", "--port", "0"],
        env=os.environ | {"REVIEWBOOK_ROOT": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as watch:
        assert watch.stdout is not None
        found = re.match(r"(http://\S+)", watch.stdout.readline())
        assert found is not None
        yield root, found[1]
        watch.send_signal(signal.SIGINT)
        rest = watch.stdout.read()
        assert watch.wait(30) == 130
        *_, last, blank, end = rest.splitlines()
        assert re.search(r"\d s(; the page in view, the rest follows)?\.$", last), rest
        assert (blank, end) == ("", "Stopped."), rest


@pytest.mark.slow
@pytest.mark.browser
def test_a_saved_page_shows_itself_and_so_does_what_is_wrong_with_it(
    watching: tuple[Path, str], browser: Browser
) -> None:
    root, address = watching
    chapter = root / "chapters" / "two.md"
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}chapters/two.html")
    panel, text = page.get_by_role("alert"), page.locator("main")
    expect(panel).to_contain_text("not built yet")
    expect(text).to_contain_text("Page without code", timeout=BUILD)
    expect(panel).to_have_count(0)

    chapter.write_text(TEXT.replace("without code", "of words alone"), encoding="utf-8")
    expect(text).to_contain_text("Page of words alone", timeout=BUILD)

    chapter.write_text(WITH_CODE % "nobody_defined_this", encoding="utf-8")
    expect(panel).to_contain_text("name 'nobody_defined_this' is not defined", timeout=BUILD)
    expect(panel).to_contain_text("chapters/two.md")
    expect(panel).not_to_contain_text("[31m")
    expect(text).to_contain_text("Page of words alone")

    chapter.write_text(WITH_CODE % "6 * 7", encoding="utf-8")
    expect(text).to_contain_text("42", timeout=BUILD)
    expect(panel).to_have_count(0)
    assert not (root / "_build" / "html").exists(), "the site that is built from clean"
    context.close()
