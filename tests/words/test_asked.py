"""What was asked for, statement by statement of a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from reviewbook.words import asked
from reviewbook.words.marked import as_a_page
from reviewbook.words.origin import Row, Source
from reviewbook.words.program import shown_by

ONE = Source("one", "s", (Row("t.csv", "1"),))
OTHER = Source("other", "s", (Row("t.csv", "2"),))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setattr(asked, "_by_line", {})
    shell = InteractiveShell.instance()
    shell.user_ns |= {"asked": asked, "ONE": ONE, "OTHER": OTHER, "shown_by": shown_by}
    with as_a_page():
        yield shell
    InteractiveShell.clear_instance()


def run(page: InteractiveShell, *cells: str) -> object:
    for cell in cells:
        done = page.run_cell(cell, store_history=True, silent=False)
        done.raise_error()
    return done.result


def test_what_is_asked_for_is_told_of_the_statements_that_lead_up_to_it(
    page: InteractiveShell,
) -> None:
    told = run(
        page,
        "asked.note(OTHER)\ndef take(what):\n    asked.note(what)\n    return what",
        "a = take(\n    ONE\n)\nb = take(OTHER)\nc = take('claims.csv')",
        "(shown_by(), a)[0]",
    )
    assert isinstance(told, dict)
    assert [source["outcome"] for source in told["sources"]] == ["one"]
    assert told["files"] == []
    told = run(page, "[take('survival.csv'), shown_by(), b, c][1]")
    assert isinstance(told, dict)
    assert [source["outcome"] for source in told["sources"]] == ["other"]
    assert told["files"] == ["claims.csv", "survival.csv"]


def test_outside_of_a_page_nothing_is_kept() -> None:
    asked.note(ONE)
    assert asked.cells_until_now() == []
    assert shown_by() is None


def test_who_looks_at_everything_says_what_was_taken() -> None:
    with asked.listening() as heard:
        with asked.quietly():
            asked.note(ONE, "claims.csv")
        asked.note(OTHER)
    asked.note("reports.csv")
    assert list(heard.values()) == [OTHER]


def test_two_who_listen_hear_the_same_and_each_ends_alone() -> None:
    with asked.listening() as outer:
        with asked.listening() as inner:
            asked.note("a.csv")
        asked.note("b.csv")
    assert (list(outer.values()), list(inner.values())) == (["a.csv", "b.csv"], ["a.csv"])


def test_what_is_remembered_is_made_once_and_asks_every_time() -> None:
    made = []

    def make() -> int:
        asked.note(ONE)
        made.append(1)
        return 7

    results = asked.Remembered()
    for _ in range(3):
        with asked.listening() as heard:
            assert results.get("key", make) == 7
        assert list(heard.values()) == [ONE]
    assert made == [1]


def test_what_fails_is_not_remembered() -> None:
    results = asked.Remembered()
    with pytest.raises(ZeroDivisionError):
        results.get("key", lambda: 1 // 0)
    assert results.get("key", lambda: 2) == 2
