"""How results show themselves: short, in full, and as tables."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import metaprop
from metaprop import Interval, Recipe, survival

X, N = [8, 12, 5, 9], [10, 20, 9, 30]
YI, VI = [0.1, 0.6, 1.4, 0.3], [0.04, 0.05, 0.09, 0.06]
RESULTS = {
    "pool": lambda: metaprop.pool(X * 40, N * 40),
    "pool_glmm": lambda: metaprop.pool_glmm(X, N),
    "effects": lambda: metaprop.pool_effects(YI, VI, Recipe(scale="identity")),
    "subgroups": lambda: metaprop.subgroups(X, N, list("aabb")),
    "sizes": lambda: metaprop.effect_sizes(X * 40, N * 40, scale="logit"),
    "subsets": lambda: metaprop.all_subsets(X, N),
    "random": lambda: metaprop.random_subsets(X, N, subsets=20),
    "recipes": lambda: metaprop.pool_recipes(X, N, [Recipe(method="DL"), Recipe()]),
    "sets": lambda: metaprop.pool_recipe_sets([X], [N], [Recipe(method="DL"), Recipe()]),
    "null": lambda: metaprop.null_test(X, N, null=0.4),
    "duplicates": lambda: metaprop.possible_duplicates([1, 1], [2, 2])[0],
    "regression": lambda: metaprop.meta_regression(YI, VI, [[1, 2], [1, 3], [1, 5], [1, 4]]),
    "blup": lambda: metaprop.blup(YI, VI),
    "rank": lambda: metaprop.rank_test(YI, VI),
    "filled": lambda: metaprop.trim_and_fill(YI, VI, side="left"),
    "bayes": lambda: metaprop.bayes_normal(
        YI, VI, tau_prior=metaprop.HalfNormal(1.0), mu_prior=metaprop.Normal(0.0, 2.0)
    ),
    "logrank": lambda: survival.logrank([1, 2, 3, 4], [1, 1, 0, 1], [0, 0, 1, 1]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_shows_itself_short_in_full_and_as_a_table(name: str) -> None:
    result: Any = RESULTS[name]()
    text = repr(result)
    assert text.startswith(f"{type(result).__name__}(")
    assert len(text) < 500
    assert "\n" not in text
    summary = result.summary()
    assert len(summary) < 3000
    for note in (getattr(result, "note", ""), *getattr(result, "cautions", ())):
        assert note in summary
    frame = result.to_frame()
    assert len(frame) >= 1
    assert len(frame.columns) >= 1


def test_a_pool_shows_studies_value_and_heterogeneity() -> None:
    fit = metaprop.pool(X, N, Recipe(scale="logit"))
    assert repr(fit).startswith("Pooled('logit, REML, Wald', k=4, proportion=0.")
    assert repr(fit).endswith(", see note)")
    p = fit.proportion
    lines = fit.summary().splitlines()
    assert lines[:3] == [
        "logit, REML, Wald",
        "4 of 4 studies, 69 patients",
        f"  proportion   {p.estimate:.4f} (95% CI {p.low:.4f} to {p.high:.4f})",
    ]
    assert lines[-1] == f"  Note: {fit.note}"
    frame = fit.to_frame()
    assert frame.loc[0, ["proportion", "proportion_low", "proportion_high"]].tolist() == list(p)
    assert frame.loc[0, "recipe"] == "logit, REML, Wald"
    assert frame.loc[0, "tau2"] == fit.tau2


def test_a_table_of_groups_and_of_studies() -> None:
    groups = metaprop.subgroups(X, N, list("aabb"))
    frame = groups.to_frame()
    assert frame.index.tolist() == ["a", "b"]
    assert frame.loc["b", "proportion"] == groups.groups["b"].proportion.estimate
    assert "p 0." in groups.summary()
    one = metaprop.subgroups(X, N, list("aaaa"))
    assert "no test between groups" in one.summary()
    studies = metaprop.pool(X, N, labels=list("wxyz")).studies()
    assert studies.index.tolist() == list("wxyz")
    assert studies["weight"].sum() == pytest.approx(1.0)


def test_a_fit_that_did_not_converge_says_so_in_its_summary() -> None:
    from dataclasses import replace

    fit = metaprop.pool(X, N)
    assert "did not converge" not in fit.summary()
    assert "did not converge" in replace(fit, converged=False).summary()


def test_an_interval_is_exact_and_an_array() -> None:
    interval = Interval(0.1 + 0.2, 0.1, 0.7)
    assert eval(repr(interval)) == interval
    assert np.asarray(interval).tolist() == [0.1 + 0.2, 0.1, 0.7]
    assert np.asarray(interval, dtype=object).shape == (3,)


def test_a_result_built_on_another_shows_itself_alike() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True, slots=True, eq=False, kw_only=True)
    class More(metaprop.Pooled):
        extra: float

    fit = metaprop.pool(X, N)
    values = {field.name: getattr(fit, field.name) for field in fields(fit)}
    more = More(**values, extra=1.0)
    assert repr(more) == repr(fit).replace("Pooled(", "More(", 1)


def test_to_dict_keeps_every_field() -> None:
    fit = metaprop.pool(X, N, labels=list("wxyz"))
    data = fit.to_dict()
    assert set(data) == {field.name for field in fields(fit)}
    assert data["labels"] == list("wxyz")
