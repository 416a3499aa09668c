"""The explorer's data: what is stored is what the library pools."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import numpy as np
import pytest

import metaprop
from metaprop import Recipe
from reviewbook import words
from reviewbook.book import Book
from reviewbook.robustness import subsets as explorer


def _stored(data: dict[str, object], recipe: str) -> np.ndarray:
    raw = base64.b64decode(data["results"][recipe])  # type: ignore[index]
    return explorer.restore(np.frombuffer(raw, "<u2")).reshape(4, -1)


def test_stored_subsets_are_what_pool_gives(book: Book) -> None:
    data = explorer.outcome_data(book, "crs_grade3plus")
    selection = book.select("crs_grade3plus")
    rng = np.random.default_rng(3)
    for option in explorer.options(book.review):
        stored = _stored(data, option.id)
        assert stored.shape[1] == 2**selection.k - 1
        for bits in rng.choice(np.arange(1, 2**selection.k), 25, replace=False):
            chosen = (int(bits) >> np.arange(selection.k)) & 1 == 1
            pooled = metaprop.pool(
                selection.events[chosen], selection.totals[chosen], option.recipe
            )
            assert pooled.proportion is not None
            exact = (*pooled.proportion, pooled.i2)
            assert stored[:, bits - 1] == pytest.approx(exact, abs=2.1e-5)
            for ours, theirs in zip(stored[:, bits - 1], exact, strict=True):
                assert words.percent(ours, digits=1) == words.percent(theirs, digits=1)


def test_quantising_keeps_the_printed_tenth() -> None:
    rng = np.random.default_rng(8)
    near_ties = (rng.integers(0, 1000, 500) + 0.5) / 1000 + rng.uniform(-3e-5, 3e-5, 500)
    values = np.concatenate((rng.uniform(0, 1, 500), near_ties.clip(0, 1), [0.0, 1.0, 0.9995]))
    back = explorer.restore(explorer.quantise(values))
    assert np.abs(back - values).max() <= 2.1e-5
    for value, stored in zip(values, back, strict=True):
        assert words.percent(float(value), digits=1) == words.percent(float(stored), digits=1)


def test_no_answer_is_stored_as_such() -> None:
    # One cohort at 0 and one at all events: the mixed model has no finite estimate.
    glmm = Recipe(scale="logit", method="GLMM", zeros="none")
    found = explorer.subset_values([0, 9, 4], [8, 9, 9], glmm)
    assert (found[:, 0b011 - 1] == -1).all()
    stored = explorer.quantise(found)
    assert (stored[:, 0b011 - 1] == explorer.NOTHING).all()
    assert (stored[:, 0b111 - 1] < explorer.NOTHING).all()


def test_recipe_code_builds_the_recipe(book: Book) -> None:
    for option in explorer.options(book.review):
        built = eval(explorer.recipe_code(option.recipe), {"Recipe": Recipe})
        assert built == option.recipe


def test_offers_the_scales_a_reader_expects(book: Book) -> None:
    offered = {(o.recipe.scale, o.recipe.method) for o in explorer.options(book.review)}
    assert {
        ("logit", "GLMM"),
        ("double_arcsine", "DL"),
        ("double_arcsine", "FE"),
        ("logit", "DL"),
        ("arcsine", "DL"),
        ("raw", "DL"),
    } <= offered


@pytest.mark.parametrize("k", [1, 2, 11, 12, 13, 16, 20, 30])
def test_a_page_holds_every_subset_or_those_with_a_few_left_out(k: int) -> None:
    held = [tuple(np.flatnonzero(~inside)) for inside in explorer.members(k)]
    assert len(held) == len(set(held))
    most = explorer.most_left_out(k)
    assert {len(out) for out in held} == set(range(most + 1))
    assert len(held) == sum(math.comb(k, j) for j in range(most + 1))
    if k <= 12:
        assert len(held) == 2**k - 1
        assert explorer.limit_note(k) == ""
    else:
        assert len(held) <= explorer.MOST_SUBSETS < len(held) + math.comb(k, most + 1)
        assert f"up to {most} left out" in explorer.limit_note(k)


def test_of_many_cohorts_what_is_stored_is_what_pool_gives() -> None:
    events, totals = np.arange(1, 31), np.full(30, 40)
    recipe = Recipe(scale="logit", method="DL")
    values = explorer.subset_values(events, totals, recipe)
    subsets = list(explorer.members(30))
    assert values.shape == (4, len(subsets)) == (4, 466)
    for at in (0, 1, 30, 31, 200, 465):
        pooled = metaprop.pool(events[subsets[at]], totals[subsets[at]], recipe)
        assert pooled.proportion is not None
        assert values[:, at] == pytest.approx([*pooled.proportion, pooled.i2])


def test_the_file_is_the_same_every_time(book: Book) -> None:
    key = explorer.data_key(book, "icans_any")
    first = explorer.script(explorer.outcome_data(book, "icans_any"), key)
    assert first == explorer.script(explorer.outcome_data(book, "icans_any"), key)
    body = first.split("reviewbookExplorer(", 1)[1].removesuffix(");\n")
    assert json.loads(body)["id"] == "icans_any"


def test_a_current_file_is_left_alone(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for outcome in book.review.outcomes:
        key = explorer.data_key(book, outcome.id)
        (tmp_path / f"{outcome.id}.js").write_text(f"/* {key} */\n")
    monkeypatch.setattr(explorer, "outcome_data", lambda *_: pytest.fail("computed again"))
    explorer.write(book, tmp_path)
