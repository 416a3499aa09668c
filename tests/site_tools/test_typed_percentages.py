"""No result is typed by hand: a percentage in the prose of a chapter comes from a cell.

What may stand as typed text is not a result: the level of an interval ("95% interval"), the ends
of the scale (0% and 100%), and constants of a method on a line that follows a MyST comment
``% constant: <where it comes from>``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from review_copy import ROOT

SOURCES = [ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md"))]

PERCENTAGE = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)?\s*(?:%|％|per\s?cent\b|percentage points?\b)", re.IGNORECASE
)
LEVEL = re.compile(
    r"(?:95|90|99|80|50)\s?%\s?"
    r"(?:CI\b|confidence|prediction|credible|compatibility|interval|limit|level|置信|预测|可信)"
)
ENDS = re.compile(r"(?<![\w.,])(?:0|100)\s?%")
CONSTANT = re.compile(r"^% constant: \S.{5,}$")


def without_code(text: str) -> list[str]:
    """Lines of a chapter with code cells, literal blocks and inline code blanked."""
    lines, fence = [], ""
    for line in text.splitlines():
        opening = re.match(r"\s*(`{3,})(\{code-cell\}|\{code-block\}|\w|$)", line)
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
            lines.append("")
        elif opening:
            fence = opening[1]
            lines.append("")
        else:
            lines.append(re.sub(r"`[^`]*`", "", line))
    return lines


def typed_percentages(text: str) -> list[str]:
    """Return the percentages in the prose of `text` that no rule allows, with their line."""
    found = []
    lines = without_code(text)
    for number, line in enumerate(lines, start=1):
        if CONSTANT.match(line) or (number > 1 and CONSTANT.match(lines[number - 2])):
            continue
        rest = ENDS.sub("", LEVEL.sub("", line))
        found += [f"line {number}: {match[0]}" for match in PERCENTAGE.finditer(rest)]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_percentage_is_typed_in_prose(path: Path) -> None:
    assert typed_percentages(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "The pooled rate is 87%.",
        "I² was 29.65 %",
        "about 12 per cent of patients",
        "rose by 3 percentage points",
        "87% (95% CI 80 to 94)",
        "描述为 87％",
        "% constant:\n87%",
        "between 0% and 94%",
    ],
)
def test_a_typed_percentage_is_found(text: str) -> None:
    assert typed_percentages(text)


@pytest.mark.parametrize(
    "text",
    [
        "with a 95% CI and a 95% prediction interval",
        "cohorts at 0% and 100%",
        "{eval}`remission` of patients, code `x = 87%`",
        "```{code-cell} ipython3\nprint('87%')\n```",
        "% constant: threshold of the Cochrane Handbook, section 10.10.2\nI² above 75% is called",
    ],
)
def test_what_is_no_result_may_be_typed(text: str) -> None:
    assert not typed_percentages(text)
