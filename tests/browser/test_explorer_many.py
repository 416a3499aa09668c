"""The explorer with more cohorts than subsets can be stored of: what it shows, and what it says."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

import metaprop
import reviewbook.sphinxext
from metaprop import Recipe
from reviewbook import words
from reviewbook.robustness import subsets as explorer
from reviewbook.site.html import render

pytestmark = pytest.mark.browser

RECIPE = Recipe(scale="logit", method="DL", i2="q")
SCRIPT = Path(str(reviewbook.sphinxext.__file__)).parent / "static" / "explorer.js"
RESULT = ".rb-explorer-result"


def write_page(folder: Path, events: np.ndarray, totals: np.ndarray) -> Path:
    """Write a page with the explorer of made-up cohorts, which nobody prints a value of."""
    k = len(events)
    option = explorer.Option("logit", "logit", RECIPE)
    stored = explorer.quantise(explorer.subset_values(events, totals, RECIPE)).astype("<u2")
    data = {
        "id": "made_up",
        "label": "Made up",
        "most_left_out": explorer.most_left_out(k),
        "all_subsets": k <= explorer.ALL_UP_TO,
        "limit": explorer.limit_note(k),
        "cohorts": [
            {"id": f"c{i}", "label": f"Cohort {i}", "events": int(e), "total": int(n),
             "low": 0.1, "high": 0.9}
            for i, (e, n) in enumerate(zip(events, totals, strict=True))
        ],
        "recipes": [{"id": "logit", "label": "logit", "sentence": "A.", "code": "Recipe()"}],
        "printed": {"text": "not printed", "estimate": None, "low": None, "high": None},
        "results": {"logit": base64.b64encode(stored.tobytes()).decode("ascii")},
    }  # fmt: skip
    (folder / "made_up.js").write_text(explorer.script(data, "key"), encoding="utf-8")
    (folder / "explorer.js").write_bytes(SCRIPT.read_bytes())
    outcome = SimpleNamespace(id="made_up", label="Made up")
    box = render("explorer.html", library="x", folder=".", outcomes=[outcome], recipes=[option])
    page = folder / "page.html"
    text = f"<!doctype html><meta charset='utf-8'>{box}<script src='explorer.js' defer></script>"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize("k", [5, 12, 13, 30])
def test_every_choice_shown_is_that_of_the_library(
    browser: Browser, tmp_path: Path, k: int
) -> None:
    rng = np.random.default_rng(k)
    totals = rng.integers(8, 60, k)
    events = np.array([rng.integers(1, n) for n in totals])
    page = browser.new_page()
    page.goto(write_page(tmp_path, events, totals).as_uri())
    expect(page.locator(".rb-explorer-cohorts li")).to_have_count(k)
    most = explorer.most_left_out(k)
    for size in [0, 1, *rng.integers(2, most + 1, 8).tolist(), most]:
        out = set(rng.choice(k, size, replace=False).tolist())
        inside = [i for i in range(k) if i not in out]
        wanted = ",".join(f"c{i}" for i in inside)
        choice = f"#outcome=made_up&recipe=logit&cohorts={wanted}"
        page.evaluate("hash => { location.hash = hash }", choice)
        pooled = metaprop.pool(events[inside], totals[inside], RECIPE)
        expected = str(words.interval(pooled, digits=1))
        expect(page.locator(f"{RESULT} strong")).to_have_text(expected)
    assert "article prints" not in page.locator(RESULT).inner_text()
    if k > explorer.ALL_UP_TO:
        wanted = ",".join(f"c{i}" for i in range(k - most - 1))
        page.evaluate("hash => { location.hash = hash }", f"#outcome=made_up&cohorts={wanted}")
        expect(page.locator(RESULT)).to_contain_text("More cohorts are left out than this page")
        expect(page.locator(RESULT)).to_contain_text(f"with up to {most} left out")
    page.close()
