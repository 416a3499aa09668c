"""No figure and no table changes unseen: each is held against the snapshot somebody looked at."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from snapshots import KEPT, difference, drawing, snapshots, table

LARGEST = 3_000_000
"""Bytes of all snapshots together."""


@cache
def built(site: Path) -> dict[str, str]:
    return snapshots(site)


@pytest.mark.site
@pytest.mark.parametrize("name", sorted(path.name for path in KEPT.iterdir()))
def test_it_looks_as_when_it_was_last_looked_at(site: Path, name: str) -> None:
    found = built(site)
    assert name in found, f"{name} is not in the built site; if that is meant: `make snapshots`"
    kept = (KEPT / name).read_text(encoding="utf-8")
    if text := difference(name, kept, found[name]):
        pytest.fail(text, pytrace=False)


@pytest.mark.site
def test_every_figure_and_table_has_a_snapshot(site: Path) -> None:
    new = sorted(set(built(site)) - {path.name for path in KEPT.iterdir()})
    assert not new, f"without a snapshot: {', '.join(new)}; look at them, then `make snapshots`"


def test_a_change_is_named_with_its_line_and_the_way_to_accept_it() -> None:
    before = drawing('<svg><path d="M 1 2"/><text x="1">Trial A</text></svg>')
    after = before.replace("Trial A", "Trial B")
    text = difference("fig-forest.svg", before, after)
    assert text.startswith("fig-forest.svg differs from its snapshot, first in line 3:")
    assert "kept:  <text" in text
    assert "Trial B" in text
    assert "`make snapshots`" in text
    assert difference("fig-forest.svg", before, before) == ""
    assert "first in line 3" in difference("x", before, "\n".join(before.splitlines()[:2]))


def test_a_value_of_a_table_is_kept_and_a_commit_is_not() -> None:
    html = (
        '<table id="tbl-a"><tr><td class="rb-number"><p>{}</p></td><td>commit {}</td></tr></table>'
    )
    one, other = table(html.format("87", "074b2f5849bd")), table(html.format("87", "a30218c0aaaa"))
    assert one == other
    assert "074b" not in one
    assert table(html.format("88", "074b2f5849bd")) != one
    assert max(line.count("<") - line.count("</") for line in one.splitlines()) == 1


def test_snapshots_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.iterdir()) < LARGEST
