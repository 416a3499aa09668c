"""Each number of the text says where it comes from, and what it says is true."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import pytest

from chapter_numbers import CHAPTERS, numbers_in, phrases_of
from review_copy import ROOT
from reviewbook.book import open_book
from reviewbook.evidence.rows import labels_of, records_of
from reviewbook.words.marked import parts
from reviewbook.words.origin import Origin

BOOK = open_book()

NOT_COMPUTED = (
    # The level of an interval and what stands beside it are options of the recipe.
    (r"95% (?=CI|credible interval|prediction interval)", "level of an interval"),
    (r"\bof 100\b", "the hundred of 'of 100 patients'"),
    (r"a p below 0\.05", "the threshold of a small p, a constant"),
    (r"\bday \d+", "a time point of a definition"),
    (r"\bgrade \d+( or higher)?", "a grade of toxicity, part of the name of an outcome"),
    (r"\b[0-9a-f]{7}\b", "a commit"),
)
"""What in a phrase holds digits and is no computed number, each with its reason."""


def without_names(text: str) -> str:
    """Take out names of cohorts and reports, whose years and numbers are parts of names."""
    names = {*labels_of(BOOK.evidence).values()}
    for label in sorted(names, key=len, reverse=True):
        who, dot, name = label.partition(" · ")
        for form in (label, f"{name} ({who})" if dot else label):
            text = text.replace(form, "")
    reports = {report["report_name"] for report in records_of(BOOK.evidence).reports.values()}
    for name in sorted(reports, key=len, reverse=True):
        text = text.replace(name, "")
    for name in sorted(BOOK.review.variants, key=len, reverse=True):
        text = text.replace(f"“{name}”", "")
    return text


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_number_of_the_prose_has_an_origin(page: str) -> None:
    without = []
    for told in phrases_of(page):
        rest = "".join("" if name else text for name, text in parts(told.text))
        rest = without_names(rest)
        for pattern, _ in NOT_COMPUTED:
            rest = re.sub(pattern, "", rest)
        if re.search(r"\d", rest):
            without.append((told.name, rest))
    assert without == []
    assert len(numbers_in(page)) > 10


def every_number() -> dict[str, tuple[float, Origin, str]]:
    return {name: one for page in CHAPTERS for name, one in numbers_in(page).items()}


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


def printed_by(programs: list[str]) -> list[str]:
    """Run programs in fresh processes; return what each prints."""
    return [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        for program in programs
    ]


def test_fifty_numbers_drawn_at_random_are_printed_by_their_own_program() -> None:
    numbers = sorted(every_number().items())
    drawn = random.Random(20261128).sample(numbers, 50)
    printed = printed_by([origin.python() for _, (_, origin, _) in drawn])
    assert printed == [f"{value:.17g}" for _, (value, _, _) in drawn]
