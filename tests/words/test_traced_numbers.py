"""Numbers that carry their origin, and the marks by which a text keeps it."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from reviewbook import words
from reviewbook.words import frames, marked
from reviewbook.words.origin import Alone, Origin, Row, Source, origin_of, trace, traced

ALONE = Alone(("counts = [3, 4]",), "sum(counts)", ((3,), (4,)))
A = Origin("a", "first", "patients", (Source(rows=(Row("t.csv", "1"),)),), alone=ALONE)
B = Origin("b", "second", "patients", (Source(rows=(Row("t.csv", "2"),)),))


def rows(value: object) -> list[str]:
    origin = origin_of(value)
    assert origin is not None
    return [row.key for source in origin.sources for row in source.rows]


@pytest.mark.parametrize(
    ("work", "value", "expression"),
    [
        (lambda a, b: a + b, 10, "(a) + (b)"),
        (lambda a, b: a - b, 4, "(a) - (b)"),
        (lambda a, b: a * b, 21, "(a) * (b)"),
        (lambda a, b: a / b, 7 / 3, "(a) / (b)"),
        (lambda a, b: sum([a, b]), 10, "(a) + (b)"),
    ],
)
def test_arithmetic_joins_rows_and_writes_its_formula(work, value, expression) -> None:  # type: ignore[no-untyped-def]
    made = work(traced(7, A), traced(3, B))
    origin = origin_of(made)
    assert made == value
    assert origin is not None
    assert origin.expression == expression
    assert eval(origin.expression, {"a": 7, "b": 3}) == value
    assert rows(made) == ["1", "2"]
    assert origin.alone is None  # one of the two is not made by metaprop alone


def test_with_plain_numbers_the_formula_holds_them_and_metaprop_still_makes_it() -> None:
    made = 100 * abs(traced(-0.25, A))
    origin = origin_of(made)
    assert (made, rows(made)) == (25.0, ["1"])
    assert origin is not None
    assert origin.alone is not None
    assert (origin.expression, origin.alone.expression) == (
        "100 * (abs(a))", "100 * (abs(sum(counts)))",
    )  # fmt: skip


def test_a_traced_number_is_a_number_like_any_other() -> None:
    share, number = traced(0.5, A), traced(3, B)
    assert (min(share, 0.7), max(2, number), round(share, 1)) == (0.5, 3, 0.5)
    assert json.dumps([share, number]) == "[0.5, 3]"
    assert f"{share:.2f} {number}" == "0.50 3"
    assert np.asarray([share, number]).dtype == np.float64
    assert pd.DataFrame({"n": [number]})["n"].dtype == np.int64
    assert origin_of(pickle.loads(pickle.dumps(number))) == B
    assert traced(True, A) is True
    assert share + np.float64(1) == 1.5
    assert (np.array([1.0, 2.0]) * share).tolist() == [0.5, 1.0]
    assert origin_of(float(share)) is None


def test_the_identifier_is_of_the_meaning_and_not_of_the_value() -> None:
    assert A.id == Origin("a", "said otherwise").id
    assert A.id != B.id
    assert A.id.startswith("n-")
    assert len(A.id) == 12


def test_every_number_of_a_result_gets_the_name_of_its_field() -> None:
    from metaprop import Interval

    found = trace(Interval(0.2, 0.1, 0.4), A, units={"low": "proportion"}, named={"low": "limit"})
    low = origin_of(found.low)
    assert low is not None
    assert (low.expression, low.unit, low.what) == ("a.low", "proportion", "limit")
    assert origin_of(found.estimate).interval == (0.1, 0.4)  # type: ignore[union-attr]


@marked.told
def sentence() -> words.Phrase:
    share, number = traced(0.25, A), traced(12, B)
    text = words.join([words.percent(share), words.count(number, "cohort"), "two"])
    return words.Phrase(words.capital(f"{text} of {words.percent(0.5)}"))


def test_marks_survive_the_ways_of_a_sentence_and_are_taken_out_again() -> None:
    plain = "25%, 12 cohorts and two of 50%"
    assert str(sentence()) == plain
    with marked.as_a_page():
        text = sentence()
    assert str(text) != plain
    assert repr(text) == plain == marked.unmark(text)
    assert [(name, part) for name, part in marked.parts(text)] == [
        (A.id, "25%"), ("", ", "), (B.id, "12"), ("", " cohorts and two of 50%"),
    ]  # fmt: skip
    bundle = text._repr_mimebundle_()
    assert bundle["text/plain"] == plain
    assert set(bundle[words.MIME]["numbers"]) == {A.id, B.id}
    assert bundle[words.MIME]["numbers"][A.id]["value"] == 0.25
    assert words.Phrase(plain)._repr_mimebundle_() == {"text/plain": plain}


def test_what_others_keep_is_made_without_marks() -> None:
    kept = marked.unmarked(sentence)
    with marked.as_a_page():
        assert not marked.has_marks(kept())
        assert not marked.has_marks(words.percent(traced(0.25, A)))
        assert marked.has_marks(sentence())


def test_one_identifier_cannot_mean_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Origin, "id", "n-0000000000")

    @marked.told
    def both() -> str:
        return f"{words.percent(traced(0.25, A))} {words.percent(traced(0.5, B))}"

    with marked.as_a_page(), pytest.raises(ValueError, match="expected to be one number"):
        both()


def frame() -> pd.DataFrame:
    origin = frames.FrameOrigin(
        "made(book)",
        "a row",
        ("name",),
        lambda row: (Source(rows=(Row("t.csv", str(row["name"])),)),),
        units={"n": "patients"},
    )
    table = pd.DataFrame({"name": ["x", "y"], "n": pd.array([1, None], dtype="Int64")})
    return frames.made_by(table, origin)


def test_the_numbers_of_a_frame_name_their_row_through_the_steps_of_pandas() -> None:
    (row,) = frames.rows_of(frame()[frame()["name"] == "x"].reset_index(drop=True))
    origin = origin_of(row["n"])
    assert origin is not None
    assert origin.expression == "cell(made(book), 'n', name='x')"
    names = {"cell": frames.cell, "made": lambda book: frame(), "book": None}
    assert eval(origin.expression, names) == row["n"] == 1
    assert rows(row["n"]) == ["x"]
    assert frames.cell(frame(), "n", name="y") is None
    with pytest.raises(ValueError, match="one row with"):
        frames.cell(frame(), "n", name="z")


def test_a_count_of_rows_rests_on_all_that_were_looked_at() -> None:
    number = frames.number_of(frame(), "rows with a number", "rows", query="n > 0")
    assert (number, rows(number)) == (1, ["x", "y"])
    part = frames.part_of(frame(), "name == 'y'")
    assert rows(frames.number_of(part, "rows")) == ["y"]
    assert origin_of(frames.number_of(pd.DataFrame({"a": [1]}), "rows")) is None


def test_a_whole_number_keeps_its_origin_and_a_cut_one_loses_it() -> None:
    origin = Origin("book.claims('scope').values['n_studies']", "studies, as printed")
    whole, cut = words.whole(traced(13.0, origin)), words.whole(traced(13.5, origin))
    assert (whole, type(whole).__mro__[1], origin_of(whole)) == (13, int, origin)
    assert (cut, origin_of(cut)) == (13, None)
