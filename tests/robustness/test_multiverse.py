"""The multiverse: every entry is what the libraries give, nothing is counted twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import metaprop
from metaprop import Recipe, pool_recipes
from review_copy import ReviewCopy
from reviewbook import figures, tables, words
from reviewbook.book import Book
from reviewbook.evidence.claims import Claims
from reviewbook.prose.multiverse import (
    level_words,
    multiverse_sentences,
    whole_match_sentence,
)
from reviewbook.robustness.choice_effects import (
    choice_levels,
    estimates_by_level,
    level_spreads,
    one_change,
    variance_shares,
)
from reviewbook.robustness.choices import effective, months_before, multiverse_recipes
from reviewbook.robustness.multiverse import Multiverse, multiverse
from reviewbook.robustness.specification import (
    BINS,
    along,
    curve_of,
    histogram,
    specification,
)
from reviewbook.words import prints_as


@pytest.fixture(scope="module")
def everything(book: Book) -> Multiverse:
    return multiverse(book, "icans_any")


def _claims(estimate: float, low: float, high: float, i2: float) -> Claims:
    digits = {"pooled_proportion": 0, "ci_low": 0, "ci_high": 0, "i2": 2}
    return Claims("made_up", estimate, low, high, i2, None, {}, digits)


def test_recipes_are_all_different() -> None:
    recipes = multiverse_recipes()
    assert len({effective(recipe) for recipe in recipes}) == len(recipes)
    # 9 scales with zero rules × (7 estimators × 4 intervals + fixed effect × 2) + mixed model × 2
    assert len(recipes) == 9 * (7 * 4 + 2) + 2


@pytest.mark.parametrize(
    ("events", "totals"),
    [
        ([20, 10, 55, 8, 13, 21, 8], [20, 12, 60, 10, 17, 27, 10]),
        ([0, 0, 3, 1, 0], [12, 9, 60, 10, 17]),
        ([5, 9, 12], [10, 18, 25]),
    ],
    ids=["one-at-all", "three-at-none", "no-extreme"],
)
def test_every_recipe_gives_what_pool_gives(events: list[int], totals: list[int]) -> None:
    recipes = multiverse_recipes()
    pools = pool_recipes(events, totals, recipes)
    compared = 0
    for i, recipe in enumerate(recipes):
        try:
            expected = metaprop.pool(events, totals, recipe)
        except ValueError:
            assert not pools.computable[i]
            continue
        assert expected.proportion is not None
        ours = (pools.estimate[i], pools.low[i], pools.high[i], pools.i2_q[i], pools.i2_tau2[i])
        theirs = (*expected.proportion, expected.i2_q, expected.i2_tau2)
        assert ours == pytest.approx(theirs, abs=1e-12), recipe.label
        compared += 1
    assert compared > 250


def test_zero_rules_count_once_where_no_cohort_is_at_an_end() -> None:
    recipes = multiverse_recipes()
    inside = pool_recipes([5, 9, 12], [10, 18, 25], recipes)
    at_end = pool_recipes([5, 9, 25], [10, 18, 25], recipes)
    # Five scales remain of nine scales with zero rules.
    assert inside.distinct.sum() == 5 * (7 * 4 + 2) + 2
    assert at_end.distinct.sum() == len(recipes)


def test_entries_equal_the_pool_of_their_selection(book: Book, everything: Multiverse) -> None:
    rng = np.random.default_rng(1)
    frame = everything.pools()
    for i in rng.choice(len(frame), 40, replace=False):
        row = frame.iloc[int(i)]
        selection = everything.selections[row["selection"]]
        expected = metaprop.pool(
            selection.events, selection.totals, everything.recipes[row["recipe"]]
        )
        assert expected.proportion is not None
        assert (row["estimate"], row["low"], row["high"]) == pytest.approx(
            tuple(expected.proportion), abs=1e-12
        )


def test_fixed_analyses_are_those_of_the_book(book: Book, everything: Multiverse) -> None:
    analysis = book.analyse("icans_any")
    for place, pooled in (
        (everything.primary, analysis.primary),
        (everything.comparison, analysis.comparison),
    ):
        assert pooled.proportion is not None
        assert everything.distinct[place]
        assert everything.estimate[place] == pytest.approx(pooled.proportion.estimate, abs=1e-12)
        assert everything.low[place] == pytest.approx(pooled.proportion.low, abs=1e-12)


def test_selections_are_distinct_and_rules_complete(everything: Multiverse) -> None:
    keys = {
        tuple(sorted(zip(s.events.tolist(), s.totals.tolist(), strict=True)))
        for s in everything.selections
    }
    assert len(keys) == len(everything.selections)
    assert everything.n_rules == 3 * 2 * 3 * 3 * 2 * 3
    assert set(everything.universe["selection"]) - {-1} == set(range(len(everything.selections)))
    assert min(s.k for s in everything.selections) >= 3


def test_counts_of_pools_and_analyses(everything: Multiverse) -> None:
    frame = everything.pools()
    assert everything.n_pools == len(frame)
    assert everything.n_analyses == len(frame) + int((~frame["method"].isin(["FE", "DL"])).sum())
    dl = frame[frame["method"] == "DL"]
    assert (dl["i2_q"] - dl["i2_tau2"]).abs().max() < 1e-12  # so both count as one analysis
    programs = set(", ".join(frame["preset"].unique()).split(", ")) - {""}
    assert programs == set(metaprop.presets.PRESETS)


def test_one_change_starts_at_the_comparison(book: Book, everything: Multiverse) -> None:
    table = one_change(everything)
    comparison = book.analyse("icans_any").comparison
    assert comparison.proportion is not None
    assert table.iloc[0]["estimate"] == pytest.approx(comparison.proportion.estimate)
    earliest = table[(table["choice"] == "overlap")].iloc[0]
    again = book.analyse("icans_any", overlap="earliest").comparison
    assert again.proportion is not None
    assert earliest["estimate"] == pytest.approx(again.proportion.estimate)
    raw = metaprop.pool(
        book.select("icans_any").events,
        book.select("icans_any").totals,
        Recipe(scale="raw", zeros="drop", method="DL", i2="q"),
    )
    assert raw.proportion is not None
    found = table[table["level"] == "raw, zeros drop"].iloc[0]
    assert found["estimate"] == pytest.approx(raw.proportion.estimate)


def test_variance_shares_add_up(everything: Multiverse) -> None:
    shares = variance_shares(everything).set_index("choice")
    assert shares["estimate"].sum() == pytest.approx(1.0)
    # The interval rule cannot move an estimate; what is left comes from the fixed-effect model,
    # which has fewer intervals than the others.
    assert shares.loc["ci", "estimate"] < 1e-4
    assert shares.loc["ci", "low"] > 0.0


def test_matches_count_what_prints(everything: Multiverse) -> None:
    row, column = everything.comparison
    mine = _claims(
        *(
            float(words.in_percent(float(values[row, column]))) / 100
            for values in (everything.estimate, everything.low, everything.high)
        ),
        float(words.in_percent(float(everything.i2_q[row, column]), 2)) / 100,
    )
    table = everything.matches(mine).set_index("what")
    frame = everything.pools()
    expected = sum(
        words.percent(value) == words.percent(mine.estimate or 0.0) for value in frame["estimate"]
    )
    assert table.loc["same estimate", "count"] == expected
    assert table.loc["same estimate, interval and I²", "count"] >= 1
    nothing = everything.matches(_claims(0.99, 0.98, 1.0, 0.5)).set_index("what")
    assert nothing.loc["same estimate and interval", "count"] == 0


def test_prints_rounds_as_the_words_do() -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate((rng.uniform(0, 1, 400), [0.145, 0.5 / 100, 0.065, 1.0, 0.0, 0.2965]))
    for digits in (0, 1, 2):
        for value in values:
            own = float(words.in_percent(float(value), digits)) / 100
            assert prints_as([value], own, digits)[0]
            assert not prints_as([value], own + 10.0**-digits / 100, digits)[0]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-12-31", 12, "2023-12-31"),
        ("2024-12-31", 6, "2024-06-30"),
        ("2024-02-29", 12, "2023-02-28"),
    ],
)
def test_windows_end_on_the_last_day_of_a_month(day: str, months: int, expected: str) -> None:
    assert months_before(day, months) == expected


def test_a_study_table_of_the_article_joins(copy: ReviewCopy) -> None:
    table = "study,icans_any_events,icans_any_total\n"
    (copy.data / "article_study_table.csv").write_text(table + "A,1,20\nB,2,30\nC,0,15\n")
    everything = multiverse(copy.book(), "icans_any")
    assert everything.selections[-1].events.tolist() == [1, 2, 0]
    assert (everything.pools()["window"] == "study table").sum() == everything.distinct[-1].sum()


def test_curve_runs_through_all_pools_in_order(everything: Multiverse) -> None:
    curve = curve_of(everything)
    estimates = everything.estimate[everything.distinct]
    assert curve["estimate"].is_monotonic_increasing
    assert curve["rank"].iloc[0] + curve["rank"].iloc[-1] == pytest.approx(1.0)
    middle = np.interp(0.5, curve["rank"], curve["estimate"])
    assert middle == pytest.approx(np.median(estimates), abs=1e-3)
    assert (curve["low"] <= curve["estimate"]).all()


def test_places_of_a_level_are_the_ranks_of_its_pools(everything: Multiverse) -> None:
    found = specification(everything)
    estimates = np.sort(everything.estimate[everything.distinct])
    for (choice, level), part in found.places.groupby(["choice", "level"]):
        own = estimates_by_level(everything)[choice][level]
        assert part["pools"].sum() == own.size
        upper_half = part.loc[part["step"] >= BINS // 2, "pools"].sum()
        ties = np.isclose(own, np.median(estimates)).sum()
        assert abs(upper_half - (own > np.median(estimates)).sum()) <= ties
    shares = variance_shares(everything).set_index("choice")["estimate"]
    assert set(found.levels["choice"]) == {
        choice for choice, share in shares.items() if share >= 0.01 and choice not in ("rest", "ci")
    }


def test_pools_of_one_estimate_share_the_middle_of_their_ranks() -> None:
    everything = np.array([0.1, 0.5, 0.5, 0.5, 0.9])
    assert [step for step, n in enumerate(along(np.array([0.5]), everything)) if n] == [BINS // 2]


def test_histogram_holds_every_pool_and_the_values_asked_for(everything: Multiverse) -> None:
    bars = histogram(everything.estimate[everything.distinct], metaprop.Interval(0.3, 0.2, 0.41))
    assert bars["pools"].sum() == everything.n_pools
    assert bars["low"].iloc[-1] >= 0.41
    inside = bars.iloc[1:-1]
    assert np.ptp(inside["high"] - inside["low"]) < 1e-12
    estimates = everything.estimate[everything.distinct]
    first = inside.iloc[3]
    assert first["pools"] == ((estimates >= first["low"]) & (estimates < first["high"])).sum()


def test_levels_count_a_pool_for_every_rule_that_leads_to_it(everything: Multiverse) -> None:
    found = estimates_by_level(everything)
    # No count differs between denominators here, so all three lead to pools.
    assert set(found["denominator"]) == {"preferred", "lowest", "highest"}
    assert sum(values.size for values in found["method"].values()) == everything.n_pools
    assert sum(values.size for values in found["scale"].values()) == everything.n_pools


def test_spreads_of_levels_are_quantiles_of_their_pools(everything: Multiverse) -> None:
    spreads = level_spreads(everything).set_index(["choice", "level"])
    for method, estimates in estimates_by_level(everything)["method"].items():
        row = spreads.loc["method", method]
        assert row["pools"] == estimates.size
        assert row["estimate"] == pytest.approx(np.median(estimates))
        assert (estimates >= row["low"]).mean() == pytest.approx(0.95, abs=0.01)
        assert (estimates <= row["high"]).mean() == pytest.approx(0.95, abs=0.01)


def test_every_level_has_words(everything: Multiverse) -> None:
    for choice, levels in choice_levels(everything).items():
        found = [level_words(choice, level) for level in levels]
        assert len(set(found)) == len(levels), f"two levels of {choice} read the same: {found}"
        assert not any("_" in text or text.isupper() for text in found)


def test_programs_without_an_answer_say_so(everything: Multiverse) -> None:
    frame = tables.programs_table({"icans_any": everything}, name="tbl-programs").frame
    by_program = frame.set_index("program")["icans_any_estimate"]
    row, computable = everything.primary[0], everything.computable
    for column, programs in everything.presets.items():
        assert pd.isna(by_program[programs]) == (not computable[row, column])
    blank = dataclasses.replace(everything, computable=np.zeros_like(computable))
    assert "no answer" in tables.programs_table({"icans_any": blank}, name="tbl-programs").myst


def test_calls_under_the_figures_run_as_pasted(
    book: Book, everything: Multiverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is computed already is not computed again: that takes a quarter of a minute.
    known = {(book, "icans_any"): everything}
    place = "reviewbook.robustness.multiverse.multiverse"
    monkeypatch.setattr(place, lambda pools, outcome: known[pools, outcome])
    for figure in (
        figures.multiverse_pools(everything, book.claims("icans")),
        figures.multiverse_choices(everything, book.claims("icans")),
    ):
        lines = figure.call.splitlines()
        names: dict[str, object] = {"book": book, "figures": figures}
        exec("\n".join([*lines[:-1], f"drawn = {lines[-1]}"]), names)
        assert names["drawn"].to_dict() == figure.to_dict()  # type: ignore[attr-defined]


def test_sentences_name_the_counts(book: Book, everything: Multiverse) -> None:
    told = multiverse_sentences(everything, book.claims("icans"))
    assert str(words.count(everything.n_pools, "pool")) in told.spread
    counts = everything.matches(book.claims("icans")).set_index("what")["count"]
    assert f"{words.number(int(counts['same estimate']), 0)} of them give the printed" in told.match
    # Each pool can print two values of I², so more analyses may match than pools.
    both = int(counts["same estimate, interval and I²"])
    counted = " (each I² that a pool can print is counted)" if both else ""
    number = words.number(both, 0) if both else "none"
    assert f"and {number} the printed I² on top of that{counted}." in told.match
    estimates = everything.estimate[everything.distinct]
    low, high = np.quantile(estimates, [0.05, 0.95])
    printed = book.claims("icans").estimate
    where = "among" if low <= printed <= high else "outside"
    assert f"between {words.percent(low)} and {words.percent(high)}" in told.take_home
    below = words.number(100 * float((estimates < printed).mean()), 0)
    assert f"lies {where} them: {below} of 100 analyses give less." in told.take_home
    shares = variance_shares(everything).query("choice != 'rest'")["estimate"].to_numpy()
    assert f"which explains {words.percent(shares[0])} of the variance" in told.weight
    assert f"with {words.percent(shares[1])}. Another" in told.weight
    whole = whole_match_sentence([everything], [book.claims("icans")])
    assert (
        f"Of all analyses of the 1 outcome, {words.number(both, 0) if both else 'not one'} give"
        in whole
    )
    assert "neurotoxicity (ICANS)" in told.spread
