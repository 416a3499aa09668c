"""Each number of the text says where it comes from, and what it says is true."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from chapter_numbers import CHAPTERS, left_over, numbers_in, phrases_of
from review_copy import ROOT, ReviewCopy
from reviewbook.book import open_book
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.pooling.made import COUNT_KEY
from reviewbook.words.marked import parts
from reviewbook.words.origin import Origin, origin_of

BOOK = open_book()
FEWEST = {"gene-editing": 5}
"""The fewest numbers of a page that tells less than others."""


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_number_of_the_prose_has_an_origin(page: str) -> None:
    without = []
    for told in phrases_of(page):
        rest = left_over("".join("" if name else text for name, text in parts(told.text)))
        if rest:
            without.append((told.name, rest))
    assert without == []
    assert len(numbers_in(page)) >= FEWEST.get(page, 11)


def every_number() -> dict[str, tuple[float, Origin, str]]:
    return {name: one for page in CHAPTERS for name, one in numbers_in(page).items()}


@pytest.mark.slow
def test_the_expression_of_every_number_gives_exactly_its_value() -> None:
    wrong = []
    for value, origin, text in every_number().values():
        names: dict[str, object] = {"book": BOOK}
        for line in origin.imports:
            exec(line, names)
        made = eval(origin.expression, names)
        if made != value:
            wrong.append((text, origin.expression, f"{made!r}, not {value!r}"))
    assert wrong == []


RUN_EACH = """
import contextlib, io, json, sys
printed = []
for program in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "copied", "exec"), {"__name__": "__main__"})
    printed.append(said.getvalue().strip())
json.dump(printed, sys.stdout)
"""


def printed_by(programs: list[str]) -> list[str]:
    """Run programs, each with names of its own, in a process that has computed nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_fifty_numbers_drawn_at_random_are_printed_by_their_own_program() -> None:
    numbers = sorted(every_number().items())
    drawn = random.Random(20261128).sample(numbers, 50)
    printed = printed_by([origin.python() for _, (_, origin, _) in drawn])
    assert printed == [f"{value:.17g}" for _, (value, _, _) in drawn]


def test_a_program_copied_from_a_pool_runs_alone_in_a_fresh_process() -> None:
    value = BOOK.analyse("complete_remission").primary.proportion
    assert value is not None
    origin = origin_of(value.estimate)
    assert origin is not None
    assert "reviewbook" not in origin.python()
    done = subprocess.run(
        [sys.executable, "-c", origin.python()], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{value.estimate:.17g}"


def test_a_pool_is_recomputed_from_exactly_the_rows_that_its_origin_lists() -> None:
    with (ROOT / "data" / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        table = {"|".join(row[c] for c in COUNT_KEY): row for row in csv.DictReader(file)}
    checked = 0
    for value, origin, _ in every_number().values():
        if origin.alone is None:
            continue
        rows = [table[row.key] for source in origin.sources for row in source.rows]
        assert from_rows(origin, rows) == value, origin.expression
        if origin.recipe is not None and not origin.expression.endswith((".k", ".q_df")):
            # A row that is not one of them, or one too few, is found out.
            other = {**rows[0], "events": str(int(rows[0]["total"]) - int(rows[0]["events"]))}
            for wrong in ([other, *rows[1:]], rows[1:]):
                assert found_out(origin, wrong, value), origin.expression
        checked += 1
    assert checked > 50


def from_rows(origin: Origin, rows: list[dict[str, str]]) -> float:
    """Run the program of a number on the counts of rows in place of those that it writes out."""
    assert origin.alone is not None
    events, totals = ([int(row[name]) for row in rows] for name in ("events", "total"))
    lines = [f"events = {events}", f"totals = {totals}", *origin.alone.lines[2:]]
    names: dict[str, object] = {}
    exec("\n".join(["import metaprop", *lines]), names)
    made: float = eval(origin.alone.expression, names)
    return made


def found_out(origin: Origin, rows: list[dict[str, str]], value: float) -> bool:
    """Whether rows that are not those of a number fail to give it."""
    try:
        return from_rows(origin, rows) != value or at_its_bound(value)
    except ValueError:  # of such rows the model has no estimate
        return True


def at_its_bound(value: float) -> bool:
    """Whether a share cannot move further: an I² of 0, or a limit at 0 or 1."""
    return value in (0.0, 1.0)


def test_the_key_of_a_count_is_that_of_the_data_package() -> None:
    (resource,) = (r for r in BOOK.evidence.package["resources"] if r["name"] == "outcomes")
    assert tuple(resource["schema"]["primaryKey"]) == COUNT_KEY


PAGES_OF_ONE_OUTCOME = ("complete-remission", "summary-of-findings", "conclusion")
STAYS = {
    **dict.fromkeys(
        ("cohorts", "tests", "groups", "outcomes", "claims", "comparisons", "cases"),
        "it counts things, and none was added or taken away",
    ),
    "degrees of freedom": "it counts cohorts",
    "reports": "it counts reports, and none was added or taken away",
}
"""Units of numbers that a changed count of events leaves as they are, and why."""


def why_it_stays(value: float, origin: Origin) -> str:
    """Say why a number whose origin lists the changed row does not move; "" when it should."""
    if origin.unit in STAYS:
        return STAYS[origin.unit]
    if origin.expression.startswith("(len("):
        return "it is made of a number of things"
    if re.search(r"\.(n|total|size|unread_patients)\)*( |$|/)", origin.expression + " ") and (
        ".events" not in origin.expression
    ):
        return "it is made of patients, and the events of the row were changed"
    if "book.distance(" in origin.expression:
        return "it is the end of a search among whole patients"
    if at_its_bound(value):
        return "a share at 0 or 1 that moves beyond it stays there"
    return ""


def lists_row(origin: Origin, stem: str) -> bool:
    return any(row.key.startswith(f"{stem}|") for one in origin.sources for row in one.rows)


class Change(NamedTuple):
    """How many numbers moved, how many list the row and stayed, and what has no reason."""

    moved: int
    still: int
    unexplained: list[str]


def what_moved(
    before: dict[str, tuple[float, Origin, str]],
    after: dict[str, tuple[float, Origin, str]],
    stem: str,
    *,
    why: Callable[[float, Origin], str],
    told_in: Callable[[Iterable[bool]], bool],
) -> Change:
    """Hold each number against a changed row; `told_in` any or all editions it must be listed."""
    moved = still = 0
    unexplained = []
    for name in before.keys() & after.keys():
        value, origin, _ = before[name]
        if after[name][0] != value:
            moved += 1
            if not told_in((lists_row(origin, stem), lists_row(after[name][1], stem))):
                unexplained.append(f"{origin.expression} moved and does not list the row")
        elif lists_row(origin, stem):
            still += 1
            if not why(value, origin):
                unexplained.append(f"{origin.expression} lists the row and stayed at {value}")
    return Change(moved, still, unexplained)


@pytest.mark.parametrize(
    ("cohort", "step"), [("boren_donor_phase1", -1), ("ns7car_zhangx2023", 2)], ids=lambda v: str(v)
)
def test_a_changed_row_moves_exactly_the_numbers_that_list_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cohort: str, step: int
) -> None:
    selection = BOOK.select("complete_remission")
    (place,) = [i for i, c in enumerate(selection.included["cohort_id"]) if c == cohort]
    assert selection.made is not None
    row = selection.made.source.rows[place]
    copy = ReviewCopy(tmp_path)
    cells = dict(zip(COUNT_KEY, row.key.split("|"), strict=True))
    line = copy.line_of("outcomes.csv", **cells)
    copy.put("outcomes.csv", line, events=str(int(cells["events"]) + step))
    # The other tables still tell of the former count; only the numbers are asked here.
    monkeypatch.setenv(SOUND, digest(copy.data))
    stem = row.key.rpartition("|")[0].rpartition("|")[0]
    moved = still = 0
    unexplained = []
    for page in PAGES_OF_ONE_OUTCOME:
        before, after = numbers_in(page), numbers_in(page, tmp_path)
        change = what_moved(before, after, stem, why=why_it_stays, told_in=any)
        moved, still = moved + change.moved, still + change.still
        unexplained += change.unexplained
    assert unexplained == []
    assert moved > 30
    assert still > 0


def why_survival_stays(value: float, origin: Origin) -> str:
    """Say why a number that lists a changed row of survival does not move; "" when it should."""
    if origin.unit in ("comparisons", "cohorts"):
        return STAYS[origin.unit]
    if origin.unit == "patients":
        return "it counts patients, or events of the other arm"
    return why_it_stays(value, origin)


SURVIVAL_ROWS = {
    "survival at one time": (
        {"report_id": "zhang_x_2023", "arm": "consolidative_hsct", "endpoint": "pfs"},
        {"estimate": "62.1"},
    ),
    "a printed p": (
        {"report_id": "yang_f_2025", "arm": "no_hsct", "endpoint": "os"},
        {"estimate": "24.2"},
    ),
    "a count": (
        {"report_id": "oh_2024", "arm": "no_hsct", "endpoint": "relapse_incidence"},
        {"events": "4"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SURVIVAL_ROWS)
def test_a_changed_row_of_survival_moves_exactly_the_numbers_that_list_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    cells, changed = SURVIVAL_ROWS[kind]
    copy = ReviewCopy(tmp_path)
    copy.put("survival.csv", copy.line_of("survival.csv", **cells), **changed)
    monkeypatch.setenv(SOUND, digest(copy.data))
    stem = "|".join(cells.values())
    page = "consolidation-transplant"
    before, after = numbers_in(page), numbers_in(page, tmp_path)
    change = what_moved(before, after, stem, why=why_survival_stays, told_in=all)
    assert change.unexplained == []
    assert change.moved > 1
    assert change.still > 2
