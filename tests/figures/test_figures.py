"""Figures: what every one of them promises, and that words and marks follow the data."""

from __future__ import annotations

import ast
import base64
import csv
import dataclasses
import gzip
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import metaprop
from drawn_texts import boxes, touching
from reviewbook import figures, words
from reviewbook.book import Book, open_book
from reviewbook.figures import BookFigure, Row
from reviewbook.figures.card import social_card
from reviewbook.figures.drawing.chip import LOOKS
from reviewbook.figures.drawing.style import LINE, MARKERS, TOKENS, text_width, wrap
from reviewbook.figures.drawing.svg import standalone_svg
from reviewbook.figures.flow import short_reason, steps_of
from reviewbook.figures.forest.overview import blocks_of
from reviewbook.figures.forest.rows import percent_limits
from reviewbook.figures.posteriors import MARKS as BESIDE
from reviewbook.figures.rates import spread
from reviewbook.ledger.directions import comparisons_of
from reviewbook.ledger.proportions import ProportionJudgement
from reviewbook.pooling.analysis import Analysis, analyse, proportion
from reviewbook.pooling.appraisal import appraisal
from reviewbook.pooling.further import further_pool
from reviewbook.robustness import sensitivity
from reviewbook.robustness.choices import RULE_CHOICES, multiverse_recipes
from reviewbook.robustness.multiverse import ARRAYS, CHOICES, Multiverse
from reviewbook.robustness.points import baujat_points, funnel_points
from reviewbook.robustness.printed_scales import implied_limits
from reviewbook.robustness.specification import specification
from reviewbook.robustness.summary import summaries
from reviewbook.survival.durability import everyone_rows, marrow_and_beyond

SVG = "{http://www.w3.org/2000/svg}"
DRAWING = Path(figures.__file__).parent / "drawing"
BUDGET = 12_000
"""Bytes, compressed, of one drawing."""


@cache
def book() -> Book:
    return open_book()


@cache
def remission() -> Analysis:
    return book().analyse("complete_remission")


def of_first_cohorts(number: int) -> Analysis:
    """The analysis of fewer cohorts."""
    selection = remission().selection
    fewer = dataclasses.replace(selection, included=selection.included.head(number))
    return analyse(fewer, book().review)


def with_counts(analysis: Analysis, events: dict[int, int]) -> Analysis:
    """The analysis, pooled anew with other events in some rows."""
    included = analysis.selection.included.copy()
    for row, value in events.items():
        included.loc[included.index[row], "events"] = value
    selection = dataclasses.replace(analysis.selection, included=included)
    return analyse(selection, analysis.review)


@cache
def small_universe() -> Multiverse:
    """The multiverse of two selections, by a date, and a tenth of the recipes."""
    whole, fewer = remission().selection, of_first_cohorts(8).selection
    recipes = (
        *multiverse_recipes()[::10],
        remission().primary.recipe,
        remission().comparison.recipe,
    )
    levels = dict.fromkeys(RULE_CHOICES, "same")
    universe = pd.DataFrame(
        [
            levels | {"window": "2024", "selection": 0, "primary": True},
            levels | {"window": "2023", "selection": 1, "primary": False},
        ]
    )
    pooled = [metaprop.pool_recipes(s.events, s.totals, recipes) for s in (whole, fewer)]
    return Multiverse(
        outcome=remission().outcome, selections=(whole, fewer), recipes=recipes, universe=universe,
        **{name: np.array([getattr(one, name) for one in pooled]) for name in ARRAYS},
        primary=(0, len(recipes) - 2), comparison=(0, len(recipes) - 1),
    )  # fmt: skip


CHINESE = ["完全缓解", "细胞因子释放综合征（任何级别）", "重度细胞因子释放综合征", "神经毒性"]
ANCHORS = pd.DataFrame(
    {
        "label": ["Trial A", "Trial A", "Trial B"],
        "arm": ["hsct", "no_hsct", "no_hsct"],
        "time_months": [12.0, 12.0, 24.0],
        "estimate": [0.67, 0.15, 0.4],
        "low": [0.52, 0.0, np.nan],
        "high": [0.82, 0.4, np.nan],
    }
)
RATES = pd.DataFrame(
    {
        "k": [5, 10, 20] * 2,
        "rate": [0.05, 0.06, 0.05, 0.21, 0.3, 0.42],
        "test": ["sizes"] * 3 + ["errors"] * 3,
    }
)
RATIOS = [
    Row(label="Trial A, overall survival", estimate=0.34, low=0.17, high=0.68),
    Row(label="Trial B", estimate=1.2, low=0.01, high=40.0, counts="3/5 v 2/8"),
]


def posteriors_figure() -> BookFigure:
    selection, priors = of_first_cohorts(3).selection, book().review.priors
    fit = metaprop.bayes_binomial(
        selection.events, selection.totals, mu_prior=priors.mean,
        tau_prior=next(iter(priors.between.values())).density,
    )  # fmt: skip
    # One fit under two names is two lines, at the price of one.
    beside = {
        "GLMM": remission().primary.proportion,
        "Printed": book().claims("complete_remission"),
    }
    return figures.posteriors(
        {"complete_remission": {"a": fit, "b": fit}},
        book().review,
        beside={"complete_remission": beside},
    )


def beside_printed(draw: Callable[..., BookFigure]) -> BookFigure:
    """The figure of all outcomes with their printed values and verdicts."""
    analyses = [book().analyse(o.id) for o in book().review.outcomes]
    topics = [a.outcome.topic for a in analyses]
    return draw(
        analyses, [book().claims(t) for t in topics], verdicts=[book().verdict(t) for t in topics]
    )


MAKERS: dict[str, Callable[[], BookFigure]] = {
    "forest": lambda: figures.forest(
        remission(), printed=book().claims("complete_remission")
    ),
    "subgroups": lambda: figures.subgroup_forest(remission(), "cell_source"),
    "leave-one-out": lambda: figures.leave_one_out_forest(remission()),
    "cumulative": lambda: figures.cumulative_forest(remission()),
    "ratios": lambda: figures.forest_rows(
        RATIOS, name="fig-ratios", caption="Ratios.", scale="ratio",
        favours=("favours transplant", "favours none"),
    ),
    "overview": lambda: beside_printed(figures.overview),
    "dumbbell": lambda: beside_printed(figures.printed_and_ours),
    "overview-zh": lambda: beside_printed(
        lambda *given, **named: figures.overview(
            *given, **named, labels=CHINESE, language="zh-Hans", name="fig-at-a-glance-zh"
        )
    ),
    "flow": lambda: figures.flow(remission().selection),
    "funnel-error": lambda: figures.funnel(remission()),
    "funnel-size": lambda: figures.funnel(remission(), axis="sample-size"),
    "baujat": lambda: figures.baujat(remission()),
    "subsets": lambda: figures.all_subsets(remission(), name="fig-subsets", highlight=1),
    "multiverse": lambda: figures.multiverse_pools(
        small_universe(), book().claims("complete_remission")
    ),
    "specification": lambda: figures.multiverse_choices(
        small_universe(), book().claims("complete_remission")
    ),
    "survival": lambda: figures.printed_survival(ANCHORS, name="fig-survival", caption="Survival."),
    "map": lambda: figures.evidence_map(
        book().evidence, remission().selection,
        outcomes={outcome.id: outcome.short for outcome in book().review.outcomes},
    ),
    "rates": lambda: figures.rates(
        RATES, x="k", y="rate", series="test", xlabel="Studies", ylabel="Rejection rate",
        name="fig-rates", caption="Rates.", reference=0.05, reference_label="nominal", percent=True,
    ),
    "rates-panels": lambda: figures.rates(
        pd.concat([RATES.assign(part="early", test="raw proportion"),
                   RATES.assign(part="late", rate=1.0, test="raw proportion")]),
        x="k", y="rate", series="test", panel="part", xlabel="Studies", ylabel="Rate",
        name="fig-panels", caption="Panels.", percent=True, limits=(0.0, 1.0),
    ),
    "icons": lambda: figures.icon_arrays(
        [one for one in summaries(book()) if one.finding.icons], name="fig-icons"
    ),
    "funnel-crs": lambda: figures.funnel(book().analyse("crs_any"), axis="sample-size"),
    "distance": lambda: figures.distance_forest(
        cast("ProportionJudgement", book().judged("severe_crs").proportion),
        book().distance("severe_crs"), name="fig-distance",
    ),
    "comparisons": lambda: figures.comparison_forest(
        comparisons_of(book(), "survival_better_with_hsct", "recurrence_lower_with_hsct"),
        book().review, name="fig-comparisons", caption="Compared.", favours=("less", "more"),
    ),
    "rules": lambda: figures.rules_by_outcome(sensitivity.rules_by_outcome(book())),
    "posteriors": posteriors_figure,
    "scales": lambda: figures.printed_scales(implied_limits(book())),
    "further": lambda: figures.further_forest(
        [further_pool(book(), "gvhd_any"), further_pool(book(), "relapse")], name="fig-further"
    ),
    "durability": lambda: figures.durability_forest(
        everyone_rows(book()), book().review, name="fig-durability", caption="Survival."
    ),
    "sites": lambda: figures.sites_forest(
        marrow_and_beyond(book()), name="fig-sites", caption="Sites."
    ),
    "reviews": lambda: figures.reviews_forest(book(), name="fig-reviews"),
    "appraisal": lambda: figures.appraisal_map(
        appraisal(book(), book().eligible()["cohort_id"]),
        book().evidence.cohorts.set_index("cohort_id")["label"],
        name="fig-appraisal",
    ),
}  # fmt: skip


@cache
def made(kind: str) -> BookFigure:
    return MAKERS[kind]()


def drawings(figure: BookFigure) -> list[str]:
    return [figure.wide, figure.narrow]


def middles(root: ET.Element, token: str) -> list[tuple[float, float]]:
    """Where the filled marks of a colour stand, each drawn as one path."""
    found = []
    for path in root.iter(f"{SVG}path"):
        if f"fill:var(--rb-{token}," in path.get("style", ""):
            numbers = [float(v) for v in re.findall(r"-?[\d.]+", path.attrib["d"])]
            xs, ys = numbers[::2], numbers[1::2]
            found.append(((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2))
    return found


@pytest.fixture(params=list(MAKERS))
def figure(request: pytest.FixtureRequest) -> BookFigure:
    return made(request.param)


def test_ids_are_unique_on_a_page_with_every_figure() -> None:
    ids = [
        i
        for kind in MAKERS
        for svg in drawings(made(kind))
        for i in re.findall(r' id="([^"]+)"', svg)
    ]
    assert ids
    assert len(ids) == len(set(ids))


def test_every_reference_inside_a_drawing_has_its_target(figure: BookFigure) -> None:
    for svg in drawings(figure):
        ids = set(re.findall(r' id="([^"]+)"', svg))
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= ids
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= ids


def test_colours_are_tokens_only(figure: BookFigure) -> None:
    for svg in drawings(figure):
        pairs = re.findall(r"var\(--rb-([a-z0-9]+), (#[0-9a-f]{6})\)", svg)
        assert pairs
        assert all(TOKENS[name] == value for name, value in pairs)
        bare = re.sub(r"var\(--rb-[a-z0-9]+, #[0-9a-f]{6}\)", "", svg)
        bare = re.sub(r'href="#[^"]*"|url\(#[^)]*\)', "", bare)
        assert not re.search(r"#[0-9a-fA-F]{3,8}|rgb|black|white|red|blue", bare.split("<text")[0])
        assert not re.search(r"(?:fill|stroke):(?!var\(|none)[^;\"]", bare.replace("fill:;", ""))


def test_drawing_is_small_and_leaks_nothing_into_the_page(figure: BookFigure) -> None:
    for svg in drawings(figure):
        assert len(gzip.compress(svg.encode(), mtime=0)) < BUDGET
        root = ET.fromstring(svg)
        assert root.get("viewBox")
        assert root.get("width") is None
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect"}


def test_the_style_of_equal_marks_is_written_once_and_reaches_no_other() -> None:
    found = [one for one in summaries(book()) if one.finding.icons]
    drawn = figures.icon_arrays(found, name="fig-icon-arrays")
    for svg in drawings(drawn):
        assert len(svg) < 40_000
        root = ET.fromstring(svg)
        assert root.get("style") is None
        groups = [g for g in root.iter(f"{SVG}g") if g.findall(f"{SVG}use")]
        filled = [g for g in groups if "fill:var(--rb-c1" in g.get("style", "")]
        counts = [len(g.findall(f"{SVG}use")) for g in filled]
        table = pd.read_csv(io.StringIO(drawn.csv))
        assert sorted(counts) == sorted(n for n in table["filled"] if n > 1)
        assert all(not g.findall(f"{SVG}text") for g in groups)
    both = len(drawn.wide) + len(drawn.narrow)
    assert both < 80_000


@pytest.mark.parametrize("kind", list(MAKERS))
def test_no_drawing_is_heavier_than_a_photograph(kind: str) -> None:
    assert len(made(kind).wide) + len(made(kind).narrow) < 100_000


def test_text_is_text_and_large_enough(figure: BookFigure) -> None:
    for svg, pixels in zip(drawings(figure), (720, 340), strict=True):
        root = ET.fromstring(svg)
        width = float(root.attrib["viewBox"].split()[2])
        texts = root.findall(f".//{SVG}text")
        assert texts
        for text in texts:
            assert text.text
            assert "".join(text.text).strip()
            # 9 points are 12 CSS pixels at page width; a phone gets at least 11.
            size = float(text.attrib["font-size"]) * pixels / width
            assert size >= (11.99 if pixels == 720 else 11.0), text.text


def test_no_text_leaves_the_drawing(figure: BookFigure) -> None:
    for svg in drawings(figure):
        root = ET.fromstring(svg)
        width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
        for text in root.iter(f"{SVG}text"):
            assert text.text
            extent = 72 * text_width(text.text, float(text.attrib["font-size"]))
            turned = re.fullmatch(
                r"translate\([\d.]+ ([\d.]+)\) rotate\(-90\)", text.get("transform", "")
            )
            if turned:  # read upwards from its place
                assert text.get("text-anchor", "start") == "start"
                assert float(turned.group(1)) - extent >= -1.0, text.text
                continue
            x, y = float(text.attrib["x"]), float(text.attrib["y"])
            left = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
            assert x - left * extent >= -1.0, text.text
            assert x + (1 - left) * extent <= width + 1.0, text.text
            assert 0 < y <= height, text.text


def test_no_two_texts_of_a_drawing_touch(figure: BookFigure) -> None:
    for svg in drawings(figure):
        assert touching(svg) == []


def test_no_line_runs_through_a_text(figure: BookFigure) -> None:
    for svg in drawings(figure):
        root = ET.fromstring(svg)
        crossed = [
            text.text
            for text in root.iter(f"{SVG}text")
            for path in root.iter(f"{SVG}path")
            if "transform" not in text.attrib and _crosses(path, text)
        ]
        assert crossed == []


def _crosses(path: ET.Element, text: ET.Element) -> bool:
    """Whether a path is a level or upright line, no faint one, that a text lies on."""
    ends = re.fullmatch(r"M ([-\d.]+) ([-\d.]+) L ([-\d.]+) ([-\d.]+)", path.get("d", "").strip())
    style = path.get("style", "")
    if not ends or "stroke:" not in style or "stroke:var(--rb-rule," in style:
        return False
    assert text.text
    (x1, x2), (y1, y2) = (sorted(map(float, ends.group(i, i + 2))) for i in (1, 2))
    size = float(text.attrib["font-size"])
    wide = 72 * text_width(text.text, size, bold=text.get("font-weight") == "600")
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")] * wide
    across = x1 < x + wide - 0.5 and x + 0.5 < x2 + (x1 == x2)
    return across and y1 < y - 0.1 * size and y - 0.6 * size < y2 + (y1 == y2)


@pytest.mark.parametrize("kind", ["forest", "subsets", "map"])
def test_drawing_twice_gives_the_same_bytes(kind: str) -> None:
    again = MAKERS[kind]()
    assert again == made(kind)


@pytest.mark.parametrize("path", sorted(DRAWING.glob("*.py")), ids=lambda path: path.stem)
def test_drawing_knows_no_review(path: Path) -> None:
    names = {
        alias.name if isinstance(node, ast.Import) else f"{'.' * node.level}{node.module or ''}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name in names if re.match(r"\.\.|metaprop|reviewbook", name)} <= {
        "reviewbook.words",
        "reviewbook.words.export",
        "reviewbook.words.shown",
    }


def test_seaborn_draws_what_it_has_a_plot_for() -> None:
    calls = {
        path.stem: re.findall(r"\bseaborn\.(\w+plot)\(", path.read_text(encoding="utf-8"))
        for path in DRAWING.parent.glob("*.py")
    }
    assert {name: set(found) for name, found in calls.items() if found} == {
        "baujat": {"scatterplot"},
        "funnel": {"scatterplot"},
        "multiverse": {"histplot"},
        "posteriors": {"lineplot"},
        "rates": {"lineplot"},
        "rules": {"scatterplot"},
        "specification": {"lineplot"},
        "survival": {"scatterplot"},
    }


def test_payload_is_what_the_page_renderer_reads(figure: BookFigure) -> None:
    bundle = figure._repr_mimebundle_()
    payload = json.loads(json.dumps(bundle["application/vnd.reviewbook.figure+json"]))
    assert set(payload) == {
        "name", "caption", "alt", "description", "svg", "png", "pdf", "csv", "call", "stem",
        "told",
    }  # fmt: skip
    assert payload["name"] == f"fig-{payload['stem']}"
    png = base64.b64decode(payload["png"])
    assert png.startswith(b"\x89PNG")
    assert len(png) < 250_000
    assert int.from_bytes(png[16:20], "big") == 2244  # 19 cm at 300 dots per inch
    assert b"pHYs" + (11811).to_bytes(4, "big") * 2 + b"\x01" in png
    assert b"matplotlib" not in png  # a version in the file would change it with every update
    pdf = base64.b64decode(payload["pdf"])
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile" in pdf  # the font itself, so that a journal's machine need not have it
    assert not re.search(rb"Date|matplotlib|Matplotlib", pdf)
    assert len(pdf) < 100_000
    assert bundle["image/svg+xml"] == payload["svg"]["wide"]
    assert bundle["text/plain"] == payload["alt"]
    rows = list(csv.reader(io.StringIO(payload["csv"])))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    assert "figures." in payload["call"]
    for text in (payload["alt"], payload["description"], payload["caption"]):
        assert text.strip()
        assert not re.search(r"\b[Nn]a[Nn]\b|\bNone\b|<NA>|\{[a-z_]+\}", text)


def test_alt_text_follows_the_data() -> None:
    analysis = remission()
    changed = with_counts(analysis, {0: 1})
    before, after = figures.forest(analysis), figures.forest(changed)
    label = analysis.selection.labels[0]
    assert f"from 1/20 in {label}" in after.alt
    assert f"from 1/20 in {label}" not in before.alt
    assert before.description != after.description
    assert before.wide != after.wide
    assert before.csv != after.csv


def test_counts_that_are_bounds_are_marked_in_every_forest_and_its_words() -> None:
    listed = further_pool(book(), "relapse_of_remissions")
    bounds = dict(zip(listed.selection.labels, listed.selection.included["bound"], strict=True))
    assert set(bounds.values()) == {"", "lower", "upper"}
    drawn = figures.further_forest([listed], name="fig-listed")
    table = pd.read_csv(io.StringIO(drawn.csv), dtype=str, keep_default_na=False)
    counts = dict(zip(table["label"], table["counts"], strict=True))
    for label, bound in bounds.items():
        assert counts[label].rstrip("0123456789/") == words.BOUNDS[bound]
    for sign, bound in (("≥", "lower"), ("≤", "upper")):
        assert f"{sign}: {bound} bound of the count." in drawn.wide
    everyone = figures.further_forest([further_pool(book(), "relapse")], name="fig-everyone")
    assert "bound of the count" not in everyone.wide

    analysis = with_counts(remission(), {0: 1})
    included = analysis.selection.included.copy()
    included["bound"] = ["lower", *included["bound"].iloc[1:]]
    selection = dataclasses.replace(analysis.selection, included=included)
    alt = figures.forest(dataclasses.replace(analysis, selection=selection)).alt
    assert f"from ≥1/20 in {analysis.selection.labels[0]}" in alt


def test_forest_names_pooled_values_and_what_the_article_prints() -> None:
    texts = [t.text for t in ET.fromstring(made("forest").wide).iter(f"{SVG}text")]
    assert "Printed in the article" in texts
    assert "87 (80 to 94)" in texts
    interval = remission().primary.proportion
    assert interval is not None
    pooled = (
        f"{100 * interval.estimate:.0f} ({100 * interval.low:.0f} to {100 * interval.high:.0f})"
    )
    assert pooled in texts
    without = figures.forest(remission())
    assert "Printed" not in without.wide
    assert "article" not in without.alt


def test_area_of_a_square_is_proportional_to_the_weight() -> None:
    rows = [
        Row(label="light", estimate=0.3, low=0.2, high=0.4, weight=0.2),
        Row(label="heavy", estimate=0.6, low=0.5, high=0.7, weight=0.8),
    ]
    drawn = figures.forest_rows(rows, name="fig-squares", caption="Squares.")
    areas = []
    for path in ET.fromstring(drawn.wide).iter(f"{SVG}path"):
        numbers = [float(v) for v in re.findall(r"-?[\d.]+", path.attrib["d"])]
        xs, ys = sorted(set(numbers[::2])), sorted(set(numbers[1::2]))
        if "fill:var(--rb-ink" in path.get("style", "") and len(xs) == len(ys) == 2:
            areas.append((xs[1] - xs[0]) * (ys[1] - ys[0]))
    assert len(areas) == 2
    assert max(areas) / min(areas) == pytest.approx(4.0, rel=0.02)


@pytest.mark.parametrize(
    ("high", "end"), [(0.09, 0.1), (0.40, 0.4), (0.41, 0.5), (0.75, 0.75), (0.76, 1.0), (1.0, 1.0)]
)
def test_axis_of_a_rare_harm_ends_where_its_intervals_do(high: float, end: float) -> None:
    rows = [Row(label="A", kind="heading"), Row(label="B", estimate=0.05, low=0.0, high=high)]
    assert percent_limits(rows) == (0.0, end)


def test_severe_harms_fill_their_axis() -> None:
    drawn = figures.forest(book().analyse("crs_grade3plus"))
    table = pd.read_csv(io.StringIO(drawn.csv))
    assert table["high"].max() <= 0.5
    for svg in drawings(drawn):
        texts = [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")]
        assert "50%" in texts
        assert "100%" not in texts


def test_a_subtotal_says_how_much_its_cohorts_differ() -> None:
    table = pd.read_csv(io.StringIO(made("subgroups").csv))
    found = remission().subgroups("cell_source").groups
    subtotals = table[table["label"].str.startswith("Subtotal")].set_index("group")["label"]
    assert dict(subtotals) == {
        group: f"Subtotal, I² {words.i2(pooled.i2)}"
        for group, pooled in found.items()
        if pooled.k > 1
    }


def test_interval_beyond_the_axis_ends_in_arrows() -> None:
    inside = figures.forest_rows(RATIOS[:1], name="fig-arrows", caption="No arrow.", scale="ratio")
    beyond = figures.forest_rows(
        [dataclasses.replace(RATIOS[1], counts="")],
        name="fig-arrows",
        caption="Two.",
        scale="ratio",
    )

    def triangles(figure: BookFigure) -> int:
        paths = [p.attrib["d"] for p in ET.fromstring(figure.wide).iter(f"{SVG}path")]
        return sum(d.count("L") == 2 and "z" in d.lower() for d in paths)

    assert triangles(inside) == 0
    assert triangles(beyond) == 2


def test_subgroups_hold_every_cohort_once() -> None:
    table = pd.read_csv(io.StringIO(made("subgroups").csv))
    studies = table[table["kind"] == "study"]
    assert sorted(studies["label"]) == sorted(remission().selection.labels)
    by_group = studies.groupby("group").size()
    found = remission().subgroups("cell_source")
    assert dict(by_group) == {group: pooled.k for group, pooled in found.groups.items()}


def test_overview_has_each_verdict_as_symbol_and_word() -> None:
    texts = [t.text for t in ET.fromstring(made("overview").wide).iter(f"{SVG}text")]
    for outcome in book().review.outcomes:
        assert outcome.label in " ".join(str(t) for t in texts)
        verdict = book().verdict(outcome.topic)
        assert any(str(t).endswith(f" {verdict}") and str(t)[0] in "✓≈≠?" for t in texts)
    analysis, claims = remission(), book().claims("complete_remission")
    with pytest.raises(ValueError, match="2 analyses, 1 printed values and 2 verdicts"):
        figures.overview([analysis] * 2, [claims], verdicts=["compatible"] * 2)


def test_printed_and_ours_hold_what_the_ledger_judges() -> None:
    drawn = made("dumbbell")
    table = pd.read_csv(io.StringIO(drawn.csv)).set_index("outcome")
    for outcome in book().review.outcomes:
        row, claims = table.loc[outcome.id], book().claims(outcome.topic)
        ours = proportion(book().analyse(outcome.id).comparison)
        assert row["printed_estimate"] == claims.estimate
        assert row["ours_low"] == pytest.approx(ours.low)
        assert row["verdict"] == book().verdict(outcome.topic)
        for svg in drawings(drawn):
            texts = [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")]
            value = " to ".join(f"{100 * v:.0f}" for v in (ours.low, ours.high))
            assert f"ours {100 * ours.estimate:.0f} ({value})" in texts
    verdicts = [book().verdict(o.topic) for o in book().review.outcomes]
    chips = [t.text for t in ET.fromstring(drawn.wide).iter(f"{SVG}text")
             if t.text in {str(words.verdict(v)) for v in words.VERDICTS}]  # fmt: skip
    assert chips == [str(words.verdict(v)) for v in verdicts]
    nothing = dataclasses.replace(book().claims("complete_remission"), estimate=None)
    with pytest.raises(ValueError, match="complete_remission: a printed value was expected"):
        figures.printed_and_ours([remission()], [nothing], verdicts=["compatible"])


def test_every_verdict_has_a_chip_with_its_sign() -> None:
    assert set(LOOKS) == set(words.VERDICTS)


def test_social_card_shows_the_outcomes_and_holds_its_size() -> None:
    analyses = [book().analyse(o.id) for o in book().review.outcomes]
    topics = [a.outcome.topic for a in analyses]
    blocks = blocks_of(
        analyses, [book().claims(t) for t in topics], [book().verdict(t) for t in topics]
    )
    buffers = []
    for shown in (blocks, blocks, []):
        buffer = io.BytesIO()
        card = social_card(book().review.title, book().review.subtitle, shown)
        card.savefig(buffer, metadata={"Software": None})
        data = buffer.getvalue()
        size = tuple(int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
        assert size == (1200, 630)
        assert len(data) < 100_000
        buffers.append(data)
    assert buffers[0] == buffers[1]
    texts = [text.get_text() for text in card.axes[0].texts]
    assert not any(one.chip in texts for one in blocks)
    full = [t.get_text() for t in social_card("Title", "", blocks).axes[0].texts]
    assert [text for text in full if text in {b.chip for b in blocks}] == [b.chip for b in blocks]


def test_overview_in_chinese_has_its_numbers_and_no_english() -> None:
    drawn = made("overview-zh")
    for svg in drawings(drawn):
        root = ET.fromstring(svg)
        assert root.get("lang") == "zh-Hans"
        texts = [str(t.text) for t in root.iter(f"{SVG}text")]
        assert "".join(CHINESE[1]) in "".join(texts)
        assert "87 (80～94)" in texts
        assert str(words.verdict_zh(book().verdict("complete_remission"))) in texts
        assert not re.search(r"[a-z]{2}", "".join(texts))
    assert "判定：≈ 相容。" in drawn.description
    with pytest.raises(ValueError, match="language 'fr' is unknown; allowed: '', 'zh-Hans'"):
        figures.overview([], [], verdicts=[], language="fr")


def test_chinese_breaks_between_characters_but_not_before_a_mark() -> None:
    lines = wrap("重度细胞因子释放综合征（3 级及以上），任何级别", 1.2)
    assert "".join(lines).replace(" ", "") == "重度细胞因子释放综合征（3级及以上），任何级别"
    assert len(lines) > 1
    assert not any(line[0] in "，。；：、）" for line in lines)
    assert all(text_width(line) <= 1.2 + 0.14 for line in lines)


def test_flow_counts_add_up_and_every_box_is_drawn() -> None:
    selection = remission().selection
    steps = steps_of(selection)
    text = " ".join(str(t.text) for t in ET.fromstring(made("flow").wide).iter(f"{SVG}text"))
    flow = selection.flow
    assert all(step.size in text for step in steps)
    assert (flow["cohorts"].shift(1) - flow["removed_cohorts"])[1:].tolist() == flow["cohorts"][
        1:
    ].tolist()
    for step, removed in zip(steps, flow["removed_cohorts"], strict=True):
        counted = sum(int(reason.split(": ")[0]) for reason in step.reasons)
        assert counted == removed
    # A reason is a sentence of its own, which a number before it would not be.
    assert "3: the patients were selected after remission" in text


@pytest.mark.parametrize(
    ("reason", "general"),
    [
        ("A 2023 (letter, 2023): not peer-reviewed; B 2024 (poster, 2024): not peer-reviewed",
         "not peer-reviewed"),
        ("2 infused, fewer than 3", "with fewer than 3"),
        ("may share patients with Trial A (20 infused), which is larger", "may share patients"),
        ("no count in the texts read", "no count in the texts read"),
    ],
)  # fmt: skip
def test_reasons_are_grouped_by_what_they_have_in_common(reason: str, general: str) -> None:
    assert short_reason(reason) == general


def test_funnel_counts_the_cohorts_beyond_the_limits() -> None:
    outlier = with_counts(remission(), {5: 10})  # the largest cohort, 60 patients
    for axis in ("standard-error", "sample-size"):
        drawn = figures.funnel(outlier, axis=axis)  # type: ignore[arg-type]
        table = pd.read_csv(io.StringIO(drawn.csv))
        assert table["outside"].sum() == int(re.findall(r"(\d+) of them", drawn.alt)[0])
        assert bool(table.set_index("label").loc[outlier.selection.labels[5], "outside"])
        named = drawn.alt.partition("limits of chance: ")[2]
        assert named == f"{words.join(table.loc[table['outside'], 'label'])}."
    with pytest.raises(ValueError, match="allowed: standard-error, sample-size"):
        figures.funnel(outlier, axis="variance")  # type: ignore[arg-type]


def test_cohorts_at_one_place_are_told_apart() -> None:
    for axis in ("standard-error", "sample-size"):
        found = funnel_points(remission(), axis)
        table = found.table
        # 7/10 twice, in two cohorts: one point with a ring.
        twice = table[table["before"] > 0]
        assert twice[["events", "total"]].to_numpy().tolist() == [[7, 10]]
        for svg in drawings(figures.funnel(remission(), axis=axis)):  # type: ignore[arg-type]
            assert "two cohorts at one place" in svg
    assert baujat_points(remission())["before"].sum() == 1
    alone = with_counts(remission(), {int(twice.index[0]): 6})
    assert "one place" not in figures.funnel(alone, axis="sample-size").wide


def test_funnel_has_no_room_where_no_cohort_can_lie() -> None:
    for outcome in book().review.outcomes:
        analysis = book().analyse(outcome.id)
        by_size = funnel_points(analysis, "sample-size")
        assert by_size.span[0] >= 0.0
        assert by_size.span[1] <= 1.0
        # A limit that would be cut at the end of the scale is no line there.
        assert not by_size.limits[["low", "high"]].isin([0.0, 1.0]).any(axis=None)
        for found in (by_size, funnel_points(analysis, "standard-error")):
            assert found.table[found.x].between(found.span[0] - 1e-12, found.span[1] + 1e-12).all()
    texts = [t.text for t in ET.fromstring(made("funnel-error").wide).iter(f"{SVG}text")]
    assert "100%" in texts


def test_baujat_contributions_add_up_to_cochrans_q() -> None:
    table = pd.read_csv(io.StringIO(made("baujat").csv))
    assert table["q_contribution"].sum() == pytest.approx(remission().comparison.q, rel=1e-9)


def test_the_title_of_a_panel_is_whole_on_a_phone() -> None:
    labels = list(remission().selection.labels)
    longest = max(range(len(labels)), key=lambda position: len(labels[position]))
    drawn = figures.all_subsets(remission(), name="fig-subsets", highlight=longest)
    narrow = drawn.to_dict()["svg"]["narrow"]
    assert "…" not in narrow
    for word in f"Without {labels[longest]}".split():
        assert word.replace("&", "&amp;") in narrow


def test_all_subsets_counts_subsets_with_and_without_the_highlighted_cohort() -> None:
    assert "2 047 subsets" in made("subsets").description.replace("\u202f", " ")
    k = remission().selection.k
    table = pd.read_csv(io.StringIO(made("subsets").csv))
    assert len(table) == 2**k - 1 - k
    with pytest.raises(ValueError, match=f"0 to {k - 1} was expected, got 99"):
        figures.all_subsets(remission(), highlight=99)
    with pytest.raises(ValueError, match="at least two cohorts were expected, got none"):
        figures.all_subsets(of_first_cohorts(1))


def test_histogram_counts_every_pool_once_and_shows_the_printed_value() -> None:
    drawn, universe = made("multiverse"), small_universe()
    table = pd.read_csv(io.StringIO(drawn.csv))
    bars = table[table["what"] == "pools"]
    assert bars["pools"].sum() == universe.n_pools
    assert bars["low"].iloc[0] == 0.0
    assert bars["high"].iloc[-1] == 1.0
    assert (bars["low"].iloc[1:].to_numpy() == bars["high"].iloc[:-1].to_numpy()).all()
    marks = table[table["what"] != "pools"].set_index("what")
    assert marks.loc["Printed", ["estimate", "low", "high"]].tolist() == [0.87, 0.80, 0.94]
    assert marks.loc["Comparison recipe", "estimate"] == pytest.approx(
        universe.estimate[universe.comparison]
    )
    estimates = universe.estimate[universe.distinct]
    assert f"lies above {100 * (estimates < 0.87).mean():.0f}% of them" in drawn.alt
    for svg in drawings(drawn):
        texts = " ".join(str(t.text) for t in ET.fromstring(svg).iter(f"{SVG}text"))
        assert "Printed 87 (80 to 94)" in texts
        assert f"median {100 * np.median(estimates):.0f}%" in texts


def test_specification_curve_orders_choices_and_says_which_it_leaves_out() -> None:
    drawn, found = made("specification"), specification(small_universe())
    shares = found.levels["share"].tolist()
    assert shares == sorted(shares, reverse=True)
    assert min(shares) >= 0.01
    assert set(found.minor["name"]).isdisjoint(found.levels["name"])
    for svg in drawings(drawn):
        texts = [str(t.text) for t in ET.fromstring(svg).iter(f"{SVG}text")]
        headings = [text for text in texts if text in set(CHOICES.values())]
        assert headings == list(dict.fromkeys(found.levels["name"]))
        assert "printed 87%" in texts
        assert f"median {100 * found.median:.0f}%" in texts
    table = pd.read_csv(io.StringIO(drawn.csv))
    steps = [name for name in table if name.startswith("pools_at_step_")]
    assert (table[steps].sum(axis=1) == table["pools"]).all()


def test_every_rule_is_drawn_for_every_outcome() -> None:
    table = pd.read_csv(io.StringIO(made("rules").csv))
    names = [name for name, _ in book().variants()]
    for outcome in book().review.outcomes:
        part = table[table["outcome"] == outcome.id]
        assert part["variant"].tolist() == names
        pooled = proportion(book().analyse(outcome.id).primary)
        assert part["estimate"].iloc[0] == pytest.approx(pooled.estimate)
        assert part["same"].iloc[0]
        # A rule that selects the primary counts gives the primary value, and no other does.
        for row in part.dropna(subset="estimate").to_dict("records"):
            gap = abs(row["estimate"] - pooled.estimate)
            assert (gap < 1e-9 and row["n"] == part["n"].iloc[0]) == row["same"]
    few = table["estimate"].isna().sum()
    assert few
    for svg in drawings(made("rules")):
        texts = [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")]
        assert texts.count("under 2 cohorts") == few
    with pytest.raises(ValueError, match=r"columns \['same'\] are missing"):
        figures.rules_by_outcome(table.drop(columns="same"))


def test_evidence_map_marks_every_cohort_and_outcome_once() -> None:
    table = pd.read_csv(io.StringIO(made("map").csv))
    assert not table.duplicated(["cohort_id", "outcome"]).any()
    row = table[(table["cohort_id"] == "rd13_01") & (table["outcome"] == "complete_remission")]
    counts = book().evidence.outcomes
    status = counts[
        (counts["cohort_id"] == "rd13_01")
        & (counts["outcome"] == "complete_remission")
        & counts["preferred"]
    ]["status"]
    assert row["status"].tolist() == status.tolist()


def test_evidence_map_on_a_phone_has_words_where_they_fit_and_else_letters_with_a_key() -> None:
    cohorts = book().eligible("before_article")

    def texts(headings: dict[str, str]) -> list[str]:
        drawn = figures.evidence_map(book().evidence, cohorts, outcomes=headings, name="fig-map")
        return ["".join(t.itertext()) for t in ET.fromstring(drawn.narrow).iter(f"{SVG}text")]

    short = {outcome.id: outcome.short for outcome in book().review.outcomes}
    found = texts(short)
    assert all(found.count(heading) == len(cohorts) for heading in short.values())
    assert "a" not in found
    labels = {outcome.id: outcome.label for outcome in book().review.outcomes}
    found = texts(labels)
    assert found.count("a") == len(cohorts)
    assert any(re.fullmatch(r"a\s+Complete remission", text) for text in found)


def test_survival_wants_fractions_and_lists_every_value() -> None:
    drawn = made("survival")
    assert "Trial A, hsct: 67% (52 to 82)." in drawn.description
    assert "Survival, 24 months. Trial B, no hsct: 40%." in drawn.description
    percent = ANCHORS.assign(estimate=ANCHORS["estimate"] * 100)
    with pytest.raises(ValueError, match=r"row 0 \(Trial A\): estimate must be a fraction"):
        figures.printed_survival(percent, name="fig-survival", caption="Survival.")


def test_survival_stands_under_its_true_time_and_at_its_true_value() -> None:
    for svg in drawings(made("survival")):
        root = ET.fromstring(svg)
        texts = [(str(t.text), float(t.attrib["y"])) for t in root.iter(f"{SVG}text")]
        headings = [y for text, y in texts if text.endswith(" months")]
        assert [text for text, _ in texts if text.endswith(" months")] == [
            "Survival, 12 months", "Survival, 24 months",
        ]  # fmt: skip
        marks = middles(root, "c1") + middles(root, "c2")
        ends = {t.text: float(t.attrib["x"]) for t in root.iter(f"{SVG}text")}
        shares = [(x - ends["0%"]) / (ends["100%"] - ends["0%"]) for x, _ in marks]
        assert sorted(shares) == pytest.approx(sorted(ANCHORS["estimate"]), abs=0.004)
        assert sum(y > headings[1] for _, y in marks) == 1
        assert len({y for _, y in marks}) == len(ANCHORS)


def test_survival_with_one_printed_limit_says_which() -> None:
    frame = ANCHORS.assign(high=[np.nan, 0.4, np.nan])
    drawn = figures.printed_survival(frame, name="fig-survival", caption="Survival.")
    assert "Trial A, hsct: 67% (from 52)." in drawn.description


def test_a_bar_meets_the_band_where_the_table_says_the_scale_is_possible() -> None:
    table = pd.read_csv(io.StringIO(made("scales").csv))
    meets = (table["low"] <= table["printed_high"]) & (table["printed_low"] <= table["high"])
    inner = (table["low"] < table["printed_high"] - 1e-9) & (
        table["printed_low"] < table["high"] - 1e-9
    )
    assert ((table["state"] == "ruled out") == ~meets).all()
    assert ((table["state"] == "possible") == inner).all()
    # By hand: 87 and 80, within half a point, give 2·86.5 − 80.5 to 2·87.5 − 79.5 on the raw scale.
    first = table[(table["scale"] == "raw")].iloc[0]
    assert first[["low", "high"]].tolist() == pytest.approx([0.925, 0.955])
    assert "arcsine and Freeman–Tukey" in made("scales").alt


def test_posteriors_are_beside_the_values_that_are_none() -> None:
    drawn = made("posteriors")
    assert "; GLMM 83% (95% CI 75 to 89); Printed 87% (CI 80 to 94)." in drawn.description
    for svg in drawings(drawn):
        texts = [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")]
        assert {"GLMM", "Printed"} <= set(texts)


def test_leave_one_out_begins_with_the_largest_step() -> None:
    table = pd.read_csv(io.StringIO(made("leave-one-out").csv))
    whole = table["estimate"].iloc[-1]
    assert table["kind"].iloc[-1] == "pooled"
    steps = (table["estimate"].iloc[:-1] - whole).abs()
    assert steps.is_monotonic_decreasing


def test_a_cumulative_forest_says_which_rows_are_of_few_cohorts_or_without_a_date() -> None:
    drawn = made("cumulative")
    assert "The first 2 rows pool fewer than 3 cohorts." in drawn.wide
    assert "Undated" not in drawn.wide
    selection = remission().selection
    undated = selection.included.assign(publication_date="")
    selection = dataclasses.replace(selection, included=undated)
    again = figures.cumulative_forest(analyse(selection, book().review), name="fig-undated")
    assert "Undated: Pan 2021" in again.wide
    assert "shows no date" in " ".join(again.wide.split("<text")[-3:])


def test_lines_are_named_at_their_ends_and_no_name_lies_on_another() -> None:
    for svg in drawings(made("rates")):
        texts = {str(t.text): t for t in ET.fromstring(svg).iter(f"{SVG}text")}
        ends = [texts[name] for name in ("sizes", "errors", "nominal")]
        assert len({text.attrib["x"] for text in ends}) == 1
        heights = sorted(float(text.attrib["y"]) for text in ends)
        assert min(np.diff(heights)) >= 0.99 * 72 * LINE


def test_a_pooled_estimate_beyond_the_axis_points_beyond_it() -> None:
    """A diamond cut at the axis would seem to have its estimate there."""
    row = Row(label="Pooled", kind="pooled", estimate=0.001, low=0.0001, high=0.3)
    drawn = figures.forest_rows([row], name="fig-beyond", caption="Beyond.", scale="ratio")
    for svg in drawings(drawn):
        for path in ET.fromstring(svg).iter(f"{SVG}path"):
            if "fill:var(--rb-accent" in path.get("style", ""):
                numbers = [float(v) for v in re.findall(r"-?[\d.]+", path.attrib["d"])]
                corners = set(zip(numbers[::2], numbers[1::2], strict=True))
                left = min(x for x, _ in corners)
                assert sum(x == left for x, _ in corners) == 1


def test_an_interval_under_an_array_of_icons_stays_in_one_line() -> None:
    for svg in drawings(made("icons")):
        texts = [box.text for box in boxes(svg)]
        assert all(text.count("(") == text.count(")") for text in texts)
        assert "83 of 100" in texts


def test_the_legend_of_a_matrix_has_the_states_that_are_drawn() -> None:
    def drawn(cohorts: pd.DataFrame, name: str) -> tuple[set[str], BookFigure]:
        figure = figures.evidence_map(
            book().evidence, cohorts, outcomes={"complete_remission": "CR"}, name=name
        )
        return set(pd.read_csv(io.StringIO(figure.csv))["status"]), figure

    cohorts = book().eligible("all_public")
    some, with_other = drawn(cohorts, "fig-some")
    assert "other denominator" in some
    assert ", unless marked" in with_other.caption
    fewer = cohorts[cohorts["cohort_id"].isin(remission().selection.included["cohort_id"])]
    none, without = drawn(fewer, "fig-none")
    assert "other denominator" not in none
    assert "unless marked" not in without.caption
    for states, figure in ((some, with_other), (none, without)):
        for svg in drawings(figure):
            texts = {box.text for box in boxes(svg)}
            known = {"reported", "derived", "secondary", "other denominator", "not readable"}
            assert texts & known == states


def test_no_label_of_a_cumulative_forest_has_a_year_twice() -> None:
    labels = pd.read_csv(io.StringIO(made("cumulative").csv))["label"]
    for label in labels:
        years = re.findall(r"\b(?:19|20)\d\d", label)
        assert len(years) == len(set(years)), label


def test_a_small_share_of_the_variance_is_not_said_to_be_none() -> None:
    figure = made("specification")
    assert "(0.0%)" not in figure.description
    assert "(under 0.1%)" in figure.description


def test_a_funnel_says_why_a_cohort_with_all_events_is_not_at_its_tick() -> None:
    assert (remission().selection.events == remission().selection.totals).any()
    said = "On this scale the place of 100% depends on the size of the cohort"
    assert said in made("funnel-error").caption
    assert said not in made("funnel-size").caption


def test_values_beside_four_priors_have_shapes_of_their_own() -> None:
    assert not {shape for _, shape in BESIDE} & set(MARKERS[:4])


def test_names_keep_their_place_unless_they_touch() -> None:
    assert spread([1.0, 3.0, 3.1], [0.5, 0.5, 0.5]) == pytest.approx([1.0, 2.8, 3.3])
    assert spread([1.0, 1.2, 1.4, 5.0], [0.4] * 4) == pytest.approx([0.8, 1.2, 1.6, 5.0])


def test_no_name_leaves_its_panel_upwards() -> None:
    # Two lines each, both at the upper end: the second goes down as far as it must.
    assert spread([1.0, 1.1, 4.0], [0.4] * 3, start=1.0) == pytest.approx([1.2, 1.6, 4.0])


def test_a_point_beyond_the_limits_is_refused() -> None:
    given = {"x": "k", "y": "rate", "series": "test", "xlabel": "x", "ylabel": "y"}
    with pytest.raises(ValueError, match=r"limits: 0.0 to 0.4 leave out 0.42"):
        figures.rates(RATES, **given, name="fig-rates", caption="c", limits=(0.0, 0.4))


def test_panels_of_lines_share_their_series() -> None:
    frame = pd.concat([RATES.assign(part="early"), RATES.assign(part="late", rate=0.5)])
    drawn = figures.rates(
        frame, x="k", y="rate", series="test", panel="part", xlabel="x", ylabel="y",
        name="fig-rates", caption="c", percent=True,
    )  # fmt: skip
    assert "late: errors. 5: 50.0%; 10: 50.0%; 20: 50.0%." in drawn.description
    for svg in drawings(drawn):
        texts = [t.text for t in ET.fromstring(svg).iter(f"{SVG}text")]
        assert texts.count("sizes") == 2
        assert texts.count("early") == texts.count("late") == 1


def test_a_seventh_series_is_refused() -> None:
    frame = pd.DataFrame({"x": range(7), "y": 0.5, "s": [f"series {i}" for i in range(7)]})
    with pytest.raises(ValueError, match="at most 6 categories"):
        figures.rates(
            frame, x="x", y="y", series="s", xlabel="x", ylabel="y", name="fig-many", caption="c"
        )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"estimate": 0.5, "low": 0.6, "high": 0.7}, "low ≤ estimate ≤ high"),
        ({"estimate": float("nan")}, "finite values"),
        ({"estimate": 0.5, "kind": "diamond"}, "'diamond' is unknown; allowed: study, pooled"),
        ({"estimate": 0.5, "status": "guessed"}, "'guessed' is unknown; allowed: reported"),
        ({}, "needs an estimate"),
    ],
)
def test_unsound_row_is_named(row: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        Row(label="Trial A", **row)  # type: ignore[arg-type]
    assert "Trial A" in str(error.value)


@pytest.mark.parametrize("name", ["forest", "fig-Forest", "fig-", "fig-a--b", "fig_a"])
def test_anchor_that_could_not_be_cited_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case words joined by hyphens"):
        figures.forest_rows(RATIOS, name=name, caption="c", scale="ratio")


def test_standalone_file_needs_no_style_sheet() -> None:
    text = standalone_svg(made("forest").wide)
    assert "var(" not in text
    root = ET.fromstring(text)
    assert root.attrib["width"].endswith("pt")
    paper = root.find(f"{SVG}rect")
    assert paper is not None
    assert paper.attrib["fill"] == TOKENS["paper"]


def test_wrapped_lines_keep_every_word_and_fit() -> None:
    text = "Autologous product without selection of T cells before transduction"
    lines = wrap(text, 1.5)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_width(line) <= 1.5 for line in lines)


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Without Pan 2021 · Boren donor-derived, phase I", "I"),
        ("WU-CART-007 cells, phase 1/2", "1/2"),
        ("Boren HSCT after donor CD7 CAR-T, n = 12", "12"),
        ("2020: Gracell Biotechnologies 2020 · GC027 first five patients", "·"),
        ("Cytokine release syndrome, grade 3 or higher", "3"),
        ("Q = 38.4, df = 12, p < 0.001", "= 12,"),
    ],
)
def test_no_line_begins_with_what_belongs_to_the_line_before(text: str, alone: str) -> None:
    for width in np.arange(0.6, text_width(text), 0.05):
        lines = wrap(text, float(width))
        assert " ".join(lines) == text
        assert not [line for line in lines if line.startswith(alone)]
