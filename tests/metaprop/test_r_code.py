"""Code for R says what the frozen records of R say they were computed with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from agreement import reference
from agreement_core import CI, SCALE

from metaprop import Recipe, as_r, why_not_r

R = reference("r_reference_open")
CONTROL = re.search(r"list\(.*?\)", R["control_note"])[0]
ITERATIVE = ("REML", "ML", "PM", "EB")
ADDED = {"PR": True, "PLN": True, "PLO": True, "PAS": False, "PFT": False}

# Sections without a pooled proportion of independent studies, and why they have no code.
NO_RECIPE = {
    "escalc": "effect sizes, of which as_r writes the call inside the call that pools them",
    "study_ci": "intervals of single studies",
    "publication_bias": "tests of small-study effects, trim and fill, fail-safe numbers",
    "sensitivity": "many fits a record: leave-one-out, cumulative, influence, all subsets",
    "subgroup": "many pools a record; the code of a group is as_r of its studies",
    "metareg": "moderators, of which a recipe knows nothing",
    "bayes_normal_normal": "priors, of which a recipe knows nothing",
    "glmm_exact_ml": "not R: a numerical integration",
    "two_arm": "two arms",
    "survival": "times to events",
}


def arguments(code: str, function: str) -> dict[str, str]:
    """Return the options of the first call of a function: names, or positions, and values."""
    start = re.search(rf"(?<![\w.:]){re.escape(function)}\(", code).end()
    depth, quoted, part, parts = 1, False, "", []
    for character in code[start:]:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0 or (depth == 1 and character == ","):
                parts.append(part.strip())
                part = ""
                if depth == 0:
                    break
                continue
        part += character
    found = {}
    for position, written in enumerate(parts):
        name = re.match(r"([A-Za-z][\w.]*) = ", written)
        value = written[name.end() :] if name else written
        found[name[1] if name else str(position)] = value.strip('"')
    return found


def test_the_reader_of_calls_reads_names_positions_and_inner_calls() -> None:
    code = 'x <- f(y, a = "b, c", d = g(1, h = 2))\nf(other = 1)'
    assert arguments(code, "f") == {"0": "y", "a": "b, c", "d": "g(1, h = 2)"}
    assert arguments(code, "g") == {"0": "1", "h": "2"}


def records() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield section, data (events, totals) and record of every record of the file."""
    for data in R["datasets"]:
        for section, found in data.items():
            if section in ("rma", "metaprop_inverse", "glmm", *NO_RECIPE):
                for record in found if isinstance(found, list) else [found]:
                    yield section, data, record
    for record in R["edge_cases"]:
        yield "edge_cases", {"events": record["events"], "totals": record["n"]}, record
    for section in ("two_arm", "survival"):
        yield section, {}, R[section]


def counts_of(data: dict[str, Any]) -> tuple[list[int], list[int]]:
    inner = data.get("data", data)
    return inner["events"], inner.get("n", inner.get("totals"))


def test_every_section_of_the_file_is_looked_at() -> None:
    about = {"id", "desc", "k", "data", "seed"}
    known = {"rma", "metaprop_inverse", "glmm", *NO_RECIPE} | about
    assert {name for data in R["datasets"] for name in data} <= known
    said = {"set", "control_note", "note_glmm", "rng", "R", "packages", "datasets", "seed"}
    assert set(R) - said == {"edge_cases", "two_arm", "survival"}


def as_metafor(x: Any, n: Any, record: dict[str, Any]) -> str:
    """Compare a record of rma() with the code; return "compared"."""
    recipe = Recipe(
        scale=SCALE[record["measure"]],
        method=record["method"],
        ci=CI[record["test"]],
        prediction="interval",
        prediction_se="interval",
    )
    code = as_r(x, n, recipe)
    sizes, fit = arguments(code, "escalc"), arguments(code, "rma")
    added = ADDED[record["measure"]]
    assert sizes["measure"] == record["measure"]
    assert (sizes["add"], sizes["to"]) == (("1/2", "only0") if added else ("0", "none"))
    assert (fit["method"], fit["test"]) == (record["method"], record["test"])
    assert fit["level"] == "95"
    if record["method"] in ITERATIVE:
        assert fit["control"].replace(" ", "") == CONTROL.replace(" ", "")
    # The prediction interval of predict() itself, as the record has it; no second fit.
    assert "predtype" not in code
    assert code.count("rma(") == 1
    for stored, prediction, predtype in (
        ("pi_riley", "t-k-2", "riley"),
        ("pi_t", "t-k-1", "t"),
        ("pi_simple", "simple", "simple"),
    ):
        if record.get(stored):
            again = as_r(x, n, recipe.but(prediction=prediction))
            options = arguments(again[again.index("new <- ") :], "predict")
            assert (options["0"], options["predtype"]) == ("fit", predtype)
    return "compared"


def as_meta(x: Any, n: Any, record: dict[str, Any]) -> str:
    """Compare a record of metaprop(method = "Inverse"); return "compared" or why not."""
    recipe = Recipe(
        scale=SCALE.get(record["sm"], "log"),
        method=record["method_tau"],
        ci=CI[record["method_random_ci"]],
        zeros="variance-only" if record["sm"] == "PRAW" else "adjust-extreme",
        prediction="t-k-1",
        i2="q",
    )
    code = as_r(x, n, recipe, package="meta")
    if code is None:
        assert record["sm"] == "PLN"
        return why_not_r(x, n, recipe, package="meta")
    fit = arguments(code, "metaprop")
    assert fit["method"] == "Inverse"
    assert fit["sm"] == record["sm"]
    assert fit["method.tau"] == record["method_tau"]
    assert fit["method.tau.ci"] == record["method_tau_ci"]
    assert fit["method.random.ci"] == record["method_random_ci"]
    assert fit["method.predict"] == record["method_predict"]
    assert fit["method.I2"] == "Q"  # the record's I² is called I2_Qbased
    return "compared"


def as_mixed(x: Any, n: Any, record: dict[str, Any]) -> str:
    """Compare a record of the mixed model; return "compared" or why not."""
    called = record["call"]
    if "mods" in called:
        return NO_RECIPE["metareg"]
    if record.get("method") == "EE":
        return "a logistic model without variation between studies, which no recipe has"
    if called.startswith("lme4"):
        nodes = re.search(r"nAGQ=(\d+)", called)[1]
        code = as_r(x, n, Recipe(method="GLMM"), package="lme4", nodes=int(nodes))
        fit = arguments(code, "glmer")
        assert f"{fit['0']}, nAGQ={fit['nAGQ']}".replace(" ", "") in called.replace(" ", "")
        return "compared"
    if called.startswith("meta::"):
        recipe = Recipe.preset("meta-glmm")
        fit = arguments(as_r(x, n, recipe, package="meta", nodes=7), "metaprop")
        assert (fit["method"], fit["sm"], fit["method.tau"]) == ("GLMM", "PLOGIT", "ML")
        assert (fit["method.predict"], fit["method.I2"]) == ("V", "Q")
        return "compared"
    ci, prediction = ("wald", "z") if record["test"] == "z" else ("t", "t-k-1")
    recipe = Recipe(method="GLMM", ci=ci, prediction=prediction)
    fit = arguments(as_r(x, n, recipe, nodes=record["nAGQ"]), "rma.glmm")
    assert f"rma.glmm(measure='{fit['measure']}')" == called
    assert (fit["method"], fit["test"]) == (record["method"], record["test"])
    assert int(fit["nAGQ"]) == record["nAGQ"]
    return "compared"


def as_edge_case(x: Any, n: Any, record: dict[str, Any]) -> str:
    if record["measure"] != "GLMM":
        return as_metafor(x, n, record)
    recipe = Recipe(method="GLMM")
    code = as_r(x, n, recipe, nodes=7)
    # Where R stopped there is no code, and where there is no code R stopped.
    assert (code is None) == ("error" in record), record["case"]
    if code is None:
        return why_not_r(x, n, recipe)
    assert arguments(code, "rma.glmm")["method"] == record["method"]
    return "compared"


COMPARED = {
    "rma": as_metafor,
    "metaprop_inverse": as_meta,
    "glmm": as_mixed,
    "edge_cases": as_edge_case,
}


def test_options_are_those_of_every_frozen_record_or_the_reason_is_named() -> None:
    outcomes: dict[str, Counter[str]] = {}
    for section, data, record in records():
        if section in NO_RECIPE:
            said = NO_RECIPE[section]
        else:
            said = COMPARED[section](*counts_of(data), record)
        outcomes.setdefault(section, Counter())[said] += 1
    assert outcomes["rma"] == {"compared": 828}
    assert outcomes["metaprop_inverse"]["compared"] == 222
    assert outcomes["glmm"]["compared"] == 54
    assert outcomes["edge_cases"]["compared"] == 162
    assert set(NO_RECIPE) <= set(outcomes)
    assert all(reason for counter in outcomes.values() for reason in counter)


@pytest.mark.parametrize(
    ("ci", "prediction", "se", "fit", "predtype"),
    [
        ("hartung-knapp", "t-k-1", "classic", "wald", "t"),
        ("hartung-knapp", "t-k-2", "interval", "fit", "riley"),
        ("t", "z", "classic", "wald", None),
        ("t", "t-k-1", "classic", "fit", "t"),
        ("wald", "simple", "classic", "fit", "simple"),
    ],
)
def test_prediction_interval_comes_from_the_fit_that_has_its_standard_error(
    ci: str, prediction: str, se: str, fit: str, predtype: str | None
) -> None:
    recipe = Recipe(scale="logit", ci=ci, prediction=prediction, prediction_se=se)
    code = as_r([8, 12, 5], [10, 20, 5], recipe)
    options = arguments(code[code.index("new <- ") :], "predict")
    assert options["0"] == fit
    assert options.get("predtype") == predtype
    if fit == "wald":
        wald = code[code.index("wald <- ") :]
        assert arguments(wald, "rma")["test"] == "z"


def test_what_r_cannot_do_has_a_reason_and_no_code() -> None:
    x, n = [8, 12, 5], [10, 20, 5]
    odd = Recipe(ci="hartung-knapp", prediction="z", prediction_se="interval")
    assert as_r(x, n, odd) is None
    assert "Hartung–Knapp standard error" in why_not_r(x, n, odd)
    profile = Recipe(method="GLMM", ci="profile")
    assert as_r(x, n, profile, package="metafor") is None
    assert arguments(as_r(x, n, profile), "confint")["method"] == "profile"
    assert why_not_r(x, n, profile) == ""
    assert as_r([10, 5], [10, 5], Recipe(method="GLMM")) is None
    assert "one proportion" in why_not_r([10, 5], [10, 5], Recipe(method="GLMM"))
    effects = Recipe(scale="identity")
    assert as_r(x, n, effects) is None
    assert "no proportions" in why_not_r(x, n, effects)
    raw = Recipe(scale="raw", zeros="variance-only")
    assert as_r(x, n, raw).startswith("library(meta)\n")


def test_meta_corrects_a_prediction_interval_ad_hoc_where_it_does_the_confidence_interval() -> None:
    x, n = [8, 12, 5], [10, 20, 5]
    recipe = Recipe(scale="logit", ci="hartung-knapp-adhoc", prediction="t-k-1")
    both = recipe.but(prediction_se="interval")
    assert arguments(as_r(x, n, recipe, package="meta"), "metaprop")["adhoc.hakn.pi"] == ""
    assert arguments(as_r(x, n, both, package="meta"), "metaprop")["adhoc.hakn.pi"] == "se"
    assert as_r(x, n, both.but(prediction="t-k-2"), package="meta") is None


def test_studies_the_recipe_drops_or_counts_are_dropped_and_counted_in_r() -> None:
    stata = Recipe.preset("stata-metaprop")
    code = as_r([8, 12, 5], [10, 20, 5], stata)
    assert "subset(dat, xi > 0 & xi < ni)" in code
    assert arguments(code, "rma")["method"] == "FE"  # two are left, and it takes three
    assert "prediction" not in code
    assert arguments(as_r([8, 12, 5], [10, 20, 6], stata), "rma")["method"] == "DL"


def test_names_of_studies_are_words_of_r_and_no_two_alike() -> None:
    code = as_r([8, 12, 5], [10, 20, 5], labels=['Li "B"\\', "Hu", "Hu"])
    assert r'study = c("Li \"B\"\\", "Hu", "Hu [3]")' in code


def test_more_nodes_than_r_has_are_refused() -> None:
    with pytest.raises(ValueError, match="100 at most in R, got 101"):
        as_r([8, 12], [10, 20], Recipe(method="GLMM"), nodes=101)
