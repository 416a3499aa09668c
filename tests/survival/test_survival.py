"""Comparisons of arms from what reports print, held against sums done by hand."""

from __future__ import annotations

import io
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom, norm

from metaprop.survival import odds_ratio_exact
from metaprop.survival.common_odds_ratio import common_odds_ratio_exact
from review_copy import ReviewCopy
from reviewbook import figures, tables
from reviewbook.book import Book
from reviewbook.ledger.directions import comparisons_of
from reviewbook.survival.arms import HAZARD, ODDS, comparisons, pool_hazard_ratios, pooled_ratio
from reviewbook.survival.immortal_time import coverage, intended_share, scenario, simulate, sweep
from reviewbook.survival.printed import landmark_rows, other_rows

SURVIVAL, RELAPSE = "survival_better_with_hsct", "recurrence_lower_with_hsct"
Z = float(norm.ppf(0.975))
OUT = {"in_set_2024": "no", "in_set_all": "no"}


def test_a_hazard_ratio_is_the_difference_of_two_printed_survivals(book: Book) -> None:
    one = comparisons_of(book, SURVIVAL)["pfs"][0]
    assert one.report_id == "zhang_x_2023"
    assert (one.better.survival, one.worse.survival, one.time_months) == (0.672, 0.15, 12.0)
    assert one.ratio.estimate == pytest.approx(log(0.672) / log(0.15))
    # Both intervals are plain; the lower limit of 15 % was cut at 0, so the upper one is used.
    se1 = (0.824 - 0.519) / 2 / Z / (0.672 * -log(0.672))
    se0 = (0.402 - 0.15) / Z / (0.15 * -log(0.15))
    assert one.se == pytest.approx(sqrt(se1**2 + se0**2), rel=1e-6)
    assert one.ratio.high == pytest.approx(one.ratio.estimate * exp(Z * one.se), rel=1e-6)
    assert not one.approximate


def test_without_an_interval_the_number_of_patients_serves_and_is_marked(book: Book) -> None:
    one = next(c for c in comparisons_of(book, SURVIVAL)["os"] if c.report_id == "xiao_2025")
    variance = sum((1 - s) / (n * s) / log(s) ** 2 for s, n in ((0.6, 5), (0.333, 3)))
    assert one.at_one_time is not None
    reach = log(one.at_one_time.high / one.at_one_time.estimate)
    assert reach == pytest.approx(Z * sqrt(variance), rel=1e-6)
    assert not one.approximate  # the ratio that is used rests on the printed p-value


def test_no_size_and_no_width_gives_no_comparison(book: Book) -> None:
    """One abstract prints 100 % with limits of 100 and no number of patients."""
    arms = landmark_rows(book, "all_public").query("report_id == 'nct05290155_abstract'")
    assert arms.set_index("arm").loc["consolidative_hsct", "estimate"] == 1.0
    assert pd.isna(arms.set_index("arm").loc["consolidative_hsct", "se"])
    reports = {c.report_id for found in comparisons_of(book, SURVIVAL).values() for c in found}
    assert "nct05290155_abstract" not in reports


def test_relapses_are_compared_exactly(book: Book) -> None:
    found = {c.report_id: c for c in comparisons_of(book, RELAPSE)["relapse_incidence"]}
    assert set(found) == {"oh_2024", "lu_2024"}
    oh = found["oh_2024"]
    assert (oh.better.events, oh.better.n, oh.worse.events, oh.worse.n) == (0, 9, 5, 7)
    assert oh.ratio == odds_ratio_exact(0, 9, 5, 7).odds_ratio
    assert oh.measure == ODDS
    assert oh.better.derivation == ""  # reported
    assert "assumes the non-responder was not transplanted" in oh.worse.derivation


def test_an_arm_that_is_not_printed_is_the_rest_of_its_report(book: Book) -> None:
    """Three of seven relapsed, three of the four without transplant: none of the other three."""
    lu = next(
        c for c in comparisons_of(book, RELAPSE)["relapse_incidence"] if c.report_id == "lu_2024"
    )
    assert (lu.better.events, lu.better.n) == (0, 3)
    assert lu.better.status == "derived"
    assert lu.better.derivation == "3/7 in all, less 3/4 in the other arm"


def test_patients_that_may_be_shared_are_compared_once(copy: ReviewCopy) -> None:
    line = copy.line_of("cohorts.csv", cohort_id="soochow_retro12")
    copy.put("cohorts.csv", line, overlap_group="ns7car_tall_lbl", **OUT)
    other = copy.line_of("cohorts.csv", cohort_id="soochow_etp_case")
    copy.put("cohorts.csv", other, overlap_group="ns7car_tall_lbl", **OUT)
    found = comparisons_of(copy.book(), SURVIVAL)["pfs"]
    assert [c.report_id for c in found] == ["zhang_x_2023"]


def test_cohorts_that_name_each_other_are_compared_once(copy: ReviewCopy) -> None:
    line = copy.line_of("cohorts.csv", cohort_id="soochow_retro12")
    copy.put("cohorts.csv", line, also_overlaps="ns7car_zhangx2023", **OUT)
    found = comparisons_of(copy.book(), SURVIVAL)["pfs"]
    assert [c.report_id for c in found] == ["zhang_x_2023"]


def test_the_interval_of_a_ratio_is_of_95_percent_whatever_the_printed_level(
    book: Book, copy: ReviewCopy
) -> None:
    arms = {"report_id": "yang_f_2025", "endpoint": "os"}
    line = copy.line_of("survival.csv", arm="no_hsct", **arms)
    copy.put("survival.csv", line, ci_level="90")
    with pytest.raises(ValueError, match=r"yang_f_2025: the intervals of both arms need one level"):
        comparisons_of(copy.book(), SURVIVAL)
    line = copy.line_of("survival.csv", arm="consolidative_hsct", **arms)
    copy.put("survival.csv", line, ci_level="90")
    narrow, wide = (
        next(c for c in comparisons_of(b, SURVIVAL)["os"] if c.report_id == "yang_f_2025")
        for b in (book, copy.book())
    )
    reach = []
    for one in (narrow, wide):
        assert one.at_one_time is not None
        reach.append(np.log(one.at_one_time.high / one.at_one_time.estimate))
    assert reach[1] == pytest.approx(reach[0] * 1.959964 / 1.644854, rel=1e-6)
    assert wide.ratio == narrow.ratio  # from the printed p-value, whatever the limits


def test_the_rules_of_the_set_hold_for_comparisons(book: Book) -> None:
    named = book.review.directions_evidence[SURVIVAL]
    evidence = named.model_copy(update={"set": "before_article"})
    assert comparisons(book, evidence, "os") == ()
    assert [c.report_id for c in comparisons(book, evidence, "pfs")] == ["zhang_x_2023"]


def test_crude_shares_are_no_survival_estimates(book: Book) -> None:
    kept, other = landmark_rows(book, "all_public"), other_rows(book, "all_public")
    assert len(kept) + len(other) == len(book.evidence.survival)
    assert other["crude"].sum() == other["notes"].str.lower().str.startswith("crude").sum() > 5
    assert kept.query("report_id == 'li_z_2022'")["estimate"].to_list() == [0.57]


def test_the_same_patients_printed_twice_are_told_apart(book: Book) -> None:
    twins = landmark_rows(book, "all_public").query("report_id == 'zhao_2024'")
    assert twins.set_index("detail")["estimate"].to_dict() == {
        "censored at transplant": 0.22,
        "not censored at transplant": 0.57,
    }


def test_hazard_ratios_are_pooled_by_inverse_variance(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL)["os"]
    y = np.array([c.log_ratio for c in found], dtype=float)
    w = np.array([1 / c.se**2 for c in found if c.se], dtype=float)
    assert float(w @ (y - w @ y / w.sum()) ** 2) < 1  # less than its df: no variance between
    pooled = pooled_ratio(found)
    assert pooled is not None
    assert pooled.estimate == pytest.approx(exp(w @ y / w.sum()))
    assert pooled.high == pytest.approx(exp(w @ y / w.sum() + Z / sqrt(w.sum())))


def test_one_comparison_is_not_pooled_and_none_gives_none(book: Book) -> None:
    one = comparisons_of(book, SURVIVAL)["pfs"][:1]
    assert pool_hazard_ratios(one) is None
    assert pooled_ratio(one) == one[0].ratio
    assert pooled_ratio([]) is None


def test_ratios_of_two_kinds_are_not_pooled(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL, RELAPSE)
    with pytest.raises(ValueError, match="one measure is needed to pool, got hazard ratio, odds"):
        pooled_ratio([*found["os"], *found["relapse_incidence"]])


def test_one_table_has_the_limits_of_the_exact_odds_ratio() -> None:
    for table in ((0, 9, 5, 7), (3, 8, 5, 9), (4, 4, 1, 6)):
        one, same = common_odds_ratio_exact([table]), odds_ratio_exact(*table)
        assert one.odds_ratio.low == pytest.approx(same.odds_ratio.low, abs=1e-12)
        assert one.odds_ratio.high == pytest.approx(same.odds_ratio.high)
        assert one.odds_ratio.estimate == pytest.approx(same.odds_ratio.estimate, abs=1e-12)
        assert one.pvalue == pytest.approx(same.pvalue)


def test_two_tables_without_an_event_are_as_likely_as_the_product_of_both() -> None:
    """P(no event in group 1 of either) under no effect, from the hypergeometric distribution."""
    result = common_odds_ratio_exact([(0, 9, 5, 7), (0, 3, 3, 4)])
    product = hypergeom(16, 5, 9).pmf(0) * hypergeom(7, 3, 3).pmf(0)
    assert result.odds_ratio.estimate == 0.0
    assert result.pvalue == pytest.approx(product, rel=1e-9)
    assert 0 < result.odds_ratio.high < odds_ratio_exact(0, 9, 5, 7).odds_ratio.high


def test_a_common_odds_ratio_turns_over_with_its_groups_and_ignores_empty_tables() -> None:
    tables_, swapped = [(2, 9, 5, 8), (1, 6, 4, 7)], [(5, 8, 2, 9), (4, 7, 1, 6)]
    one, two = common_odds_ratio_exact(tables_), common_odds_ratio_exact(swapped)
    assert one.odds_ratio.low == pytest.approx(1 / two.odds_ratio.high)
    assert one.odds_ratio.estimate == pytest.approx(1 / two.odds_ratio.estimate)
    empty = common_odds_ratio_exact([*tables_, (0, 5, 0, 9)])
    assert tuple(empty.odds_ratio) == pytest.approx(tuple(one.odds_ratio))
    assert (one.informative, empty.informative, len(empty.tables)) == (2, 2, 3)
    with pytest.raises(ValueError, match="in every table nobody or everybody had the event"):
        common_odds_ratio_exact([(0, 5, 0, 9)])
    with pytest.raises(ValueError, match="at least one table is needed"):
        common_odds_ratio_exact([])


def test_a_scenario_is_what_the_report_prints(book: Book) -> None:
    one = comparisons_of(book, SURVIVAL)["pfs"][0]
    setup = scenario(one)
    assert (setup.n, setup.time_months) == (47, 12.0)
    assert setup.exposed == pytest.approx(37 / 47)
    assert setup.survival == pytest.approx((37 * 0.672 + 10 * 0.15) / 47)
    relapse = comparisons_of(book, RELAPSE)["relapse_incidence"][0]
    with pytest.raises(ValueError, match=f"{relapse.report_id}: survival, time and patients"):
        scenario(relapse)


def test_the_simulated_share_of_exposed_is_the_printed_one(book: Book) -> None:
    setup = scenario(comparisons_of(book, SURVIVAL)["pfs"][0])
    result = simulate(setup, 2.0, book.review.immortal_time, trials=400)
    assert result.naive.exposed.mean() / setup.n == pytest.approx(setup.exposed, abs=0.01)
    assert intended_share(setup, 24.0, spread=0.4) == 1.0
    assert sweep(setup, [24.0], book.review.immortal_time, trials=10).empty


def test_a_benefit_appears_from_nothing_only_in_the_naive_analysis(book: Book) -> None:
    setup = scenario(comparisons_of(book, SURVIVAL)["pfs"][0])
    frame = sweep(setup, [1.3, 3.0], book.review.immortal_time, trials=400).set_index(
        ["median", "analysis"]
    )
    assert frame.loc[(1.3, "naive"), "hazard_ratio"] < 0.75
    assert frame.loc[(3.0, "naive"), "hazard_ratio"] < frame.loc[(1.3, "naive"), "hazard_ratio"]
    # As low as observed: the report's ratio was read off survival, so the simulated one is too.
    report = simulate(setup, 1.3, book.review.immortal_time, trials=400).reported_log_hr
    observed = float((report <= np.log(setup.observed)).mean())
    assert frame.loc[(1.3, "naive"), "as_low"] == observed
    assert frame.xs("landmark", level="analysis")["as_low"].isna().all()
    for median in (1.3, 3.0):
        for analysis in ("landmark", "time_dependent"):
            assert 0.85 < frame.loc[(median, analysis), "hazard_ratio"] < 1.15
            assert frame.loc[(median, analysis), "rejected"] < 0.1


def test_landmark_ratios_cover_the_truth_in_trials_like_the_printed_ones(book: Book) -> None:
    frame = coverage(comparisons_of(book, SURVIVAL)["pfs"][:1], trials=400)
    assert set(frame["source"]) == {"log-log", "plain", "n only"}
    assert frame["coverage"].between(0.92, 1.0).all()
    assert (frame["trials"] < 400).all()  # some trials have nobody left at the landmark
    share = frame["coverage"]
    assert frame["mc_error"].to_numpy() == pytest.approx(
        ((share * (1 - share)) / frame["trials"]) ** 0.5
    )


def test_the_forest_draws_an_odds_ratio_of_zero(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL, RELAPSE)
    figure = figures.comparison_forest(
        found, book.review, name="fig-x", caption="x", favours=("better", "worse")
    )
    drawn = pd.read_csv(io.StringIO(figure.csv))
    # Six comparisons, three of them from a p-value and again from one time, and three pools.
    assert len(drawn) == 12
    assert (drawn["estimate"] == 0).sum() == 3
    assert "0.00 (0.00 to 0.52)" in figure.description


def test_anchors_are_drawn_in_panels_with_one_numbering(book: Book) -> None:
    rows = landmark_rows(book, "all_public")
    arms = {arm: book.review.arm(arm) for arm in rows["arm"].unique()}
    figure = figures.printed_survival(rows, labels=arms, name="fig-x", caption="x")
    for panel in rows["panel"].unique():
        assert panel in figure.wide
    assert f"{len(rows)} values" in figure.alt


def test_every_comparison_stands_in_the_table_with_both_arms(book: Book) -> None:
    found = comparisons_of(book, SURVIVAL, RELAPSE)
    table = tables.comparison_table(found, book.review, name="tbl-x")
    assert len(table.frame) == sum(map(len, found.values())) + 3
    row = table.frame.set_index(["report_id", "endpoint"]).loc[("lu_2024", "relapse")]
    assert (row["better"], row["worse"]) == ("0/3", "3/4")
    assert "3/7 in all, less 3/4" in row["notes"]
    assert {c.measure for c in found["os"]} == {HAZARD}
