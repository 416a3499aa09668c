"""What the pages on sensitivity, publication bias and printed numbers say is computed and right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import metaprop
from reviewbook import figures, words
from reviewbook.book import Book
from reviewbook.evidence.claims import Claims
from reviewbook.ledger import forensics as printed_forensics
from reviewbook.pooling.analysis import analyse
from reviewbook.prose import sensitivity as sensitivity_prose
from reviewbook.robustness import asymmetry, sensitivity
from reviewbook.tables import robustness


def test_leaving_out_equals_pooling_the_rest(book: Book) -> None:
    analysis = book.analyse("crs_any")
    table = sensitivity.leave_one_out(analysis)
    events, totals = analysis.selection.events, analysis.selection.totals
    for i in range(analysis.selection.k):
        rest = np.arange(analysis.selection.k) != i
        expected = metaprop.pool(events[rest], totals[rest], analysis.primary.recipe).proportion
        assert expected is not None
        assert table.loc[i, "estimate"] == pytest.approx(expected.estimate, abs=1e-9)
    assert analysis.primary.proportion is not None
    assert table.iloc[-1]["estimate"] == pytest.approx(analysis.primary.proportion.estimate)


def test_cumulative_ends_with_all_cohorts_in_order_of_date(book: Book) -> None:
    analysis = book.analyse("crs_any")
    table = sensitivity.cumulative(analysis)
    assert analysis.primary.proportion is not None
    assert table.iloc[-1]["estimate"] == pytest.approx(analysis.primary.proportion.estimate)
    years = [date[:4] for date in table["date"]]
    assert years == sorted(years)


def test_the_strongest_driver_splits_the_medians(book: Book) -> None:
    analysis = book.analyse("crs_grade3plus")
    subsets = sensitivity.subsets(analysis)
    table = sensitivity.drivers(analysis, subsets)
    assert table["pull"].abs().is_monotonic_decreasing
    first = table.iloc[0]
    inside = ((subsets.bits >> int(first["position"])) & 1 == 1) & (subsets.size >= 2)
    assert first["estimate_with"] == pytest.approx(np.median(subsets.estimate[inside]))
    assert sensitivity.strongest_position(analysis) == first["position"]


def test_variants_follow_the_rules(book: Book) -> None:
    table = sensitivity.variants(book, "complete_remission").set_index("variant")
    fixed = book.analyse("complete_remission").primary.proportion
    assert fixed is not None
    assert table.loc["as fixed in advance", "estimate"] == pytest.approx(fixed.estimate)
    optimistic = table.loc["highest count of each cohort, any denominator", "estimate"]
    conservative = table.loc["lowest count of each cohort, same denominator", "estimate"]
    assert conservative <= fixed.estimate <= optimistic
    earliest = book.analyse("complete_remission", overlap="earliest").primary.proportion
    assert earliest is not None
    row = table.loc["earliest report of shared patients"]
    assert row["estimate"] == pytest.approx(earliest.estimate)
    assert row["entered"]
    assert row["left"]


def test_any_publication_brings_cohorts_in(book: Book) -> None:
    named = sensitivity_prose.entering(book, "crs_grade3plus", peer_reviewed=False)
    for label in named.split("; "):
        assert label in book.select("crs_grade3plus", peer_reviewed=False).labels
        assert label not in book.select("crs_grade3plus").labels


def test_default_test_is_valid_and_egger_on_logits_is_not(book: Book) -> None:
    analysis = book.analyse("complete_remission")
    table = asymmetry.asymmetry_tests(analysis)
    default = table[table["default"]].iloc[0]
    assert default["valid"]
    assert (default["scale"], default["predictor"]) == ("Freeman–Tukey", "1/√patients")
    invalid = table[~table["valid"]]
    assert set(invalid["scale"]) == {"logit", "raw proportion"}
    assert invalid["cautions"].str.contains("function of the proportion").all()
    few = asymmetry.asymmetry_tests(book.analyse("crs_any"))
    assert few["cautions"].str.contains("only 7 studies").all()


def test_rank_tests_say_what_speaks_against_them(book: Book) -> None:
    many = asymmetry.rank_tests(book.analyse("complete_remission")).set_index("scale")
    assert many.loc["Freeman–Tukey", "cautions"] == "none known"
    assert many["valid"].to_dict() == {
        "Freeman–Tukey": True,
        "logit": False,
        "raw proportion": False,
    }
    assert many.loc[~many["valid"], "cautions"].str.contains("function of the proportion").all()
    few = asymmetry.rank_tests(book.analyse("crs_any"))
    assert few["cautions"].str.contains("only 7 studies").all()


def test_trim_and_fill_moves_by_what_it_imputes(book: Book) -> None:
    table = asymmetry.trim_and_fill(book.analyse("crs_grade3plus"))
    assert (table.loc[table["k0"] == 0, "change"].abs() < 1e-12).all()
    assert (table.loc[table["k0"] > 0, "change"].abs() > 1e-6).all()


def test_simulation_rejects_with_egger_and_not_with_the_default(book: Book) -> None:
    table = asymmetry.over_proportions(k=13, n_trials=400)
    at = table[table["proportion"] == 0.9].set_index(["scale", "predictor"])["rejection"]
    assert at["raw", "se"] > 0.5
    assert at["logit", "se"] > 0.3
    assert at["double_arcsine", "sqrt_inverse_n"] < 0.1


def test_printed_pairs_leave_thirteen_studies(book: Book) -> None:
    # Q = 12 / (1 − I²); the upper tail of χ² with 12 degrees of freedom at 17.83 is 0.1208.
    assert printed_forensics.fitting(book.claims("crs")) == [13]
    assert printed_forensics.fitting(book.claims("severe_crs")) == [13]
    assert printed_forensics.joint_k(book) == [13]
    assert len(printed_forensics.fitting(book.claims("icans"))) > 50
    assert printed_forensics.study_numbers(book.claims("complete_remission")).empty


def test_implied_q_of_remission(book: Book) -> None:
    table = printed_forensics.implied_heterogeneity(book, 13).set_index("outcome")
    # 12 / (1 − 0.2965), and the upper tail of χ² with 12 degrees of freedom beyond it.
    assert table.loc["Complete remission", "q"] == pytest.approx(12 / 0.7035, rel=1e-12)
    assert table.loc["Complete remission", "p"] == pytest.approx(0.14744454873, rel=1e-9)
    icans = table.loc["Neurotoxicity (ICANS), any grade"]
    assert (icans["q"], icans["bound"]) == (12.0, True)


def test_another_p_would_name_other_numbers() -> None:
    digits = {"i2": 2, "heterogeneity_p": 2}
    claims = Claims("made_up", None, None, None, 0.3271, 0.11, {}, digits)
    # 0.1135 with 14 studies and 0.1067 with 15: rounding leaves both.
    assert printed_forensics.fitting(claims) == [14, 15]


def test_effective_size_by_hand(book: Book) -> None:
    table = printed_forensics.precision(book).set_index("outcome")
    # 0.87 × 0.13 / s² with s = 0.14 / (2 × 1.96)
    by_hand = 0.87 * 0.13 / (0.14 / (2 * 1.959964)) ** 2
    assert table.loc["Complete remission", "n"] == pytest.approx(by_hand, rel=1e-6)


def test_of_many_cohorts_subsets_are_drawn_at_random(book: Book) -> None:
    """The whole set is among them, and each is what its members pool to."""
    selection = book.select("complete_remission")
    repeated = pd.concat([selection.included] * 3, ignore_index=True)
    many = analyse(replace(selection, included=repeated), book.review)
    assert many.selection.k > sensitivity.ALL_UP_TO
    subsets = sensitivity.subsets(many)
    assert len(subsets) == sensitivity.DRAWN
    assert subsets.size.max() == many.selection.k
    assert "drawn at random" in subsets.note
    for at in (0, 100, len(subsets) - 1):
        inside = (subsets.bits[at] >> np.arange(many.selection.k)) & 1 == 1
        assert inside.sum() == subsets.size[at]
        pooled = metaprop.pool(
            many.selection.events[inside], many.selection.totals[inside], many.comparison.recipe
        )
        assert pooled.proportion is not None
        assert subsets.estimate[at] == pytest.approx(pooled.proportion.estimate)
    several = words.number(int((subsets.size >= 2).sum()), 0)
    assert sensitivity.which_subsets(subsets, many.selection.k) == f"{several} random subsets"
    assert sensitivity.limit_note(many.selection.k).endswith("drawn at random.")
    assert f"medians over {several} random subsets" in robustness.drivers_table(many).caption
    drawn = figures.all_subsets(many, name="fig-many")
    assert drawn.caption.startswith(f"{several} random subsets of 36 cohorts")


def test_of_few_cohorts_all_subsets_are_said(book: Book) -> None:
    analysis = book.analyse("complete_remission")
    k = analysis.selection.k
    of_all = sensitivity.subsets(analysis)
    number = words.number(2**k - 1 - k, 0)
    assert sensitivity.which_subsets(of_all, k) == f"All {number} subsets"
    assert sensitivity_prose.subsets_pooled(analysis) == f"All {number} subsets"
    assert sensitivity.limit_note(k) == ""
