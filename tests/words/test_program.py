"""The program that makes again what a cell shows: what it needs of the others, and no more."""

from __future__ import annotations

import pytest

from reviewbook.words.program import program_of


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (["a = 1\nb = 2", "c = b + 1", "c * 2"], ["b = 2", "c = b + 1"]),
        (["from x import one, two\nimport three", "one(2)"], ["from x import one, two"]),
        (["import a.b", "a.b.c()"], ["import a.b"]),
        (["import a.b as d\na = 1", "d()"], ["import a.b as d"]),
        # A name that is given another value is what it is then.
        (["a = 1", "a = 2", "a"], ["a = 2"]),
        # A part that is changed belongs to it, as do the loop and the branch that may set it.
        (["a = {}", "a['x'] = b = 3", "a"], ["a = {}", "a['x'] = b = 3"]),
        (["a = 0\nfor i in range(3):\n    a += i", "a"],
         ["a = 0", "for i in range(3):\n    a += i"]),
        # What a function uses may be named after it, and what a comprehension runs over is its own.
        (["def f(x):\n    return x + c\nc = 4", "f(1)"],
         ["def f(x):\n    return x + c", "c = 4"]),
        (["i = 1", "a = [i for i in range(3)]", "i, a"], ["i = 1", "a = [i for i in range(3)]"]),
        # A statement of several lines is kept as it is written.
        (["a = (\n    1,\n    2,\n)", "a"], ["a = (\n    1,\n    2,\n)"]),
        (["%matplotlib inline", "a = 1", "a"], ["a = 1"]),
        (["x, y = 1, 2", "y"], ["x, y = 1, 2"]),
        (["(n := 3)", "n"], ["(n := 3)"]),
    ],
)  # fmt: skip
def test_it_has_the_statements_that_give_the_names_it_needs(
    cells: list[str], lines: list[str]
) -> None:
    found = program_of(cells)
    assert found is not None
    assert found.expression == cells[-1]
    assert list(found.lines) == lines


def test_it_runs_and_gives_what_the_cells_give() -> None:
    cells = ["import math\na = [4, 9]\nunused = 1 / 3", "b = a\nb.append(16)", "a.append(25)",
             "c = [math.sqrt(v) for v in a]", "sum(c)"]  # fmt: skip
    found = program_of(cells)
    assert found is not None
    names: dict[str, object] = {}
    exec("\n".join(found.lines), names)  # what a reader does with it
    assert "unused" not in names
    assert "math" in names


@pytest.mark.parametrize("last", ["a = 1", "", "a = 1\nb = a", "!ls", "for i in (1, 2):\n    i"])
def test_a_cell_that_ends_otherwise_shows_nothing(last: str) -> None:
    assert program_of(["a = 1", last]) is None


def test_it_says_where_its_statements_stand() -> None:
    found = program_of(["a = 1\n\nb = (\n  2)", "a", "b + 1"])
    assert found is not None
    assert found.places == ((1, 3, 4), (3, 1, 1))
