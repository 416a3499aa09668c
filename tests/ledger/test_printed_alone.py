"""What printed numbers imply on their own, from numbers made for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from reviewbook.evidence.claims import Claims
from reviewbook.ledger import forensics

DIGITS = {"pooled_proportion": 0, "i2": 2, "heterogeneity_p": 2}


def topic(name: str, i2: float | None, p: float | None, **more: Any) -> Claims:
    estimate, low, high = more.get("interval", (None, None, None))
    return Claims(name, estimate, low, high, i2, p, more.get("values", {}), DIGITS)


FIXES = topic("a", 0.2965, 0.15, interval=(0.94, 0.88, 0.98))
FREE = topic("b", 0.0, 0.95, interval=(0.12, 0.05, 0.20))
NO_P = topic("c", 0.5, None, interval=(0.5, None, 0.7))


def pools(**topics: Claims) -> Any:
    outcomes = [SimpleNamespace(label=name.upper(), topic=name) for name in topics]
    outcomes.append(SimpleNamespace(label="Nothing", topic=""))
    scope = topic("scope", None, None, values={"n_patients": 200.0, "n_studies": 13.0})
    return SimpleNamespace(
        review=SimpleNamespace(outcomes=outcomes),
        claims=lambda name: scope if name == "scope" else topics[name],
    )


def by_hand(i2: float, p: float, last: int = 60) -> list[int]:
    """Numbers of studies whose Q = df/(1 − I²) has a p-value that prints as `p`."""
    found = []
    for k in range(2, last + 1):
        ends = [chi2.sf((k - 1) / (1 - value), k - 1) for value in (i2 - 5e-5, i2 + 5e-5)]
        if min(ends) < p + 0.005 and max(ends) >= p - 0.005:
            found.append(k)
    return found


@pytest.mark.parametrize(
    ("i2", "p"), [(0.2965, 0.15), (0.2965, 0.12), (0.55, 0.02), (0.2965, 0.06)]
)
def test_studies_that_fit_are_those_found_by_hand(i2: float, p: float) -> None:
    assert forensics.fitting(topic("a", i2, p)) == by_hand(i2, p)


def test_numbers_of_two_to_sixty_studies_are_tried() -> None:
    assert forensics.study_numbers(FIXES)["k"].tolist() == list(range(2, 61))
    assert forensics.study_numbers(NO_P).empty
    assert forensics.study_numbers(topic("a", None, 0.5)).empty


def test_one_number_of_studies_is_said_and_more_are_not() -> None:
    assert by_hand(0.2965, 0.15) == [13]
    assert forensics.studies_implied(FIXES) == "The printed I² and p-value fit 13 studies only."
    assert len(by_hand(0.2965, 0.06)) > 1
    assert forensics.studies_implied(topic("a", 0.2965, 0.06)) == ""
    assert by_hand(0.1, 0.01) == []
    assert forensics.studies_implied(topic("a", 0.1, 0.01)) == ""
    assert forensics.studies_implied(NO_P) == ""


def test_numbers_beside_the_fits_are_shown_and_no_others() -> None:
    made = pools(a=FIXES, b=FREE, c=NO_P)
    shown = forensics.shown_study_numbers(made)
    fits = by_hand(0.2965, 0.15)
    expected = [k for k in range(2, 61) if min(abs(k - fit) for fit in fits) <= 3]
    assert len(expected) < 59
    assert shown.loc[shown["outcome"] == "A", "k"].tolist() == expected
    assert shown["k"][0] == expected[0]
    assert shown.index.tolist() == list(range(len(shown)))
    assert "index" not in shown
    assert set(shown.loc[shown["outcome"] == "A", "p_digits"]) == {2}
    assert forensics.joint_k(pools(a=FIXES, b=topic("b", 0.3, 0.14))) == sorted(
        set(fits) & set(by_hand(0.3, 0.14))
    )
    assert forensics.joint_k(pools(c=NO_P)) == []
    assert forensics.shown_study_numbers(pools(c=NO_P)).empty


def test_q_and_p_follow_from_i2_and_a_number_of_studies() -> None:
    made = pools(a=FIXES, b=FREE, c=NO_P, d=topic("d", None, 0.5))
    table = forensics.implied_heterogeneity(made, 13).set_index("outcome")
    assert list(table.index) == ["A", "B", "C"]
    assert table.loc["A", "q"] == pytest.approx(12 / (1 - 0.2965))
    assert table.loc["A", "p"] == pytest.approx(chi2.sf(12 / (1 - 0.2965), 12))
    assert table["bound"].tolist() == [False, True, False]
    assert table.loc["B", "q"] == 12
    assert table.loc["C", "p"] == pytest.approx(chi2.sf(24, 12))
    assert (table.loc["A", "printed_p"], table.loc["A", "i2_digits"]) == (0.15, 2)


def test_the_mean_size_is_patients_by_studies() -> None:
    assert forensics.mean_size(pools(a=FIXES)) == pytest.approx(200 / 13)


def test_only_whole_intervals_have_a_precision() -> None:
    table = forensics.precision(pools(a=FIXES, b=FREE, c=NO_P)).set_index("outcome")
    assert list(table.index) == ["A", "B"]
    row = table.loc["B"]
    assert row["se"] == pytest.approx(100 * 0.15 / (2 * 1.959964), rel=1e-6)
    # Rounding moves both limits by half a percentage point at most.
    assert row["se_low"] == pytest.approx(100 * 0.14 / (2 * 1.959964), rel=1e-6)
    assert row["se_high"] == pytest.approx(100 * 0.16 / (2 * 1.959964), rel=1e-6)
    assert row["n"] == pytest.approx(0.12 * 0.88 * 1e4 / row["se"] ** 2, rel=1e-6)
    assert row["n_low"] < row["n"] < row["n_high"]
    assert row["printed"] == "12% (5 to 20)" or "12%" in row["printed"]
    shown = forensics.symmetry(pools(a=FIXES, c=NO_P))
    assert set(shown["outcome"]) == {"A"}
    both = forensics.symmetry(pools(a=FIXES, b=FREE))
    assert both.index.tolist() == list(range(2 * len(shown)))
    raw = shown.set_index("scale").loc["raw"]
    assert not np.isnan(float(raw["possible"]))
