"""The list of published addresses, and how one that is lost is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook.commands import main
from reviewbook.site.addresses import LIST, lost, read_list, site_addresses


def test_the_list_is_sorted_and_without_doubles() -> None:
    addresses = read_list(ROOT / LIST)
    assert addresses == sorted(set(addresses))


def test_a_lost_page_and_a_lost_anchor_are_found(tmp_path: Path) -> None:
    html = '<figure id="fig-a"><svg><g id="fig-a-1"></g></svg></figure><p id="other">x</p>'
    (tmp_path / "kept.html").write_text(html, encoding="utf-8")
    offered = site_addresses(tmp_path, ["kept", "gone"])
    assert offered == ["kept.html", "kept.html#fig-a"]
    published = ["gone.html", "gone.html#fig-z", "kept.html", "kept.html#fig-b"]
    assert lost(published, offered, []) == ["gone.html", "gone.html#fig-z", "kept.html#fig-b"]
    assert lost(published, offered, ["gone"]) == ["kept.html#fig-b"]


def test_what_is_new_is_added_and_nothing_is_removed(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REVIEWBOOK_ROOT", str(copy.root))
    (copy.root / "_toc.yml").write_text("root: index\n", encoding="utf-8")
    assert main(["addresses"]) == 1
    assert "There is no built site" in capsys.readouterr().err
    page = copy.root / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<table id="tbl-a"></table>', encoding="utf-8")
    path = copy.root / LIST
    path.parent.mkdir(parents=True)
    path.write_text("# kept\nold.html\n", encoding="utf-8")
    assert main(["addresses"]) == 0
    assert capsys.readouterr().out == "1 addresses were published before, 2 are new.\n"
    assert read_list(path) == ["index.html", "index.html#tbl-a", "old.html"]
