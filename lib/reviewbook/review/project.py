"""Find a review and read what is special to it: ``data/review.toml``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
from yaml import YAMLError

from reviewbook import words

from .settings import Analysis, Article, Outcome, Review
from .study_review import StudyReview
from .toml_file import read_toml

__all__ = ["Article", "Outcome", "ProjectError", "Review", "find_root", "load_review"]

SETTINGS = Path("data") / "review.toml"
ROOT_VARIABLE = "REVIEWBOOK_ROOT"

# What the types of pydantic's errors expect, in words; types that are not here bring their own.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    **dict.fromkeys(("mapping_type", "dict_type", "model_type", "dataclass_type"), "a table"),
}


class ProjectError(ValueError):
    """``review.toml`` is missing or says something it cannot say; the message names the place."""

    def __str__(self) -> str:
        return "\n  ".join(map(str, self.args))


def find_root(start: Path | str | None = None) -> Path:
    """Return the folder of the review: `start`, or the nearest of its parents, with its settings.

    Parameters
    ----------
    start : path, optional
        Where to begin; by default the folder in ``$REVIEWBOOK_ROOT``, else the working directory.

    Raises
    ------
    ProjectError
        When no folder on the way holds ``data/review.toml``.
    """
    begin = Path(start or os.environ.get(ROOT_VARIABLE) or Path.cwd()).resolve()
    for folder in (begin, *begin.parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise ProjectError(f"no {SETTINGS.as_posix()} in {begin} or any folder above it")


def toc_pages(root: Path) -> list[str]:
    """Names of all pages in ``_toc.yml``, without suffix, in reading order."""
    try:
        toc = parse_toc_yaml(root / "_toc.yml")
    except (MalformedError, YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"_toc.yml: {error}") from None
    return [page.removesuffix(".md") for page in toc]


def load_review(root: Path | str | None = None) -> Review:
    """Read ``data/review.toml`` of the review at `root` (see :func:`find_root`).

    Returns
    -------
    Review
        A :class:`~reviewbook.review.study_review.StudyReview` where the settings name the
        `table` of the studies.

    Raises
    ------
    ProjectError
        When the file is missing or not TOML, lacks a setting, or has one with a wrong value. The
        message names everything that is wrong.
    """
    folder = find_root(root)
    try:
        raw = read_toml(folder / SETTINGS)
    except ValueError as error:
        raise ProjectError(str(error)) from None
    kind = StudyReview if "table" in raw else Review
    lacking = []
    if kind is Review and "article" not in raw:
        lacking.append("review.toml: missing setting article")
    try:
        review = kind.model_validate_json(json.dumps(_reshaped(folder, raw), default=str))
    except ValidationError as error:
        messages = map(_message, _causes(error))
        raise ProjectError(*lacking, *(f"review.toml: {text}" for text in messages)) from None
    unknown = [*lacking, *_unfit_texts(raw), *_unknown_names(review)]
    if unknown:
        raise ProjectError(*unknown)
    return review


def _causes(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Yield the errors of pydantic without those that only follow from another one.

    A list whose entries are wrong counts as empty there.
    """
    found = error.errors()
    for one in found:
        place = one["loc"]
        inside = any(len(o["loc"]) > len(place) and o["loc"][: len(place)] == place for o in found)
        if not (one["type"] == "too_short" and inside):
            yield one


def _unfit_texts(found: Any, place: str = "") -> Iterator[str]:
    """Yield the texts of the settings that a spreadsheet would run, or that hold unseen characters.

    Labels stand in the tables that pages offer for download.
    """
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _unfit_texts(value, f"{place}.{name}".removeprefix("."))
    elif isinstance(found, list):
        for i, value in enumerate(found):
            yield from _unfit_texts(value, f"{place}[{i}]")
    elif isinstance(found, str) and words.FORMULA.match(found):
        expected = "a text that no spreadsheet takes for a formula"
        yield f"review.toml: {place}: expected {expected}, found {found!r}"
    elif isinstance(found, str) and words.UNSEEN.search(found):
        expected = "a text without characters that cannot be seen"
        yield f"review.toml: {place}: expected {expected}, found {found!a}"


def _reshaped(root: Path, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in the form of :class:`Review`: names inside, rules and labels apart."""

    def entries(key: str) -> list[tuple[str, dict[str, Any]]]:
        """Return what is a table; anything else is left for the check of types."""
        table = raw.get(key)
        found = table.items() if isinstance(table, dict) else ()
        return [(name, entry) for name, entry in found if isinstance(entry, dict)]

    analysis = raw.pop("analysis", {})
    if not isinstance(analysis, dict):
        raise ProjectError(f"review.toml: analysis: expected a table, found {analysis!r}")
    unknown = sorted(set(analysis) - set(Analysis.model_fields))
    if unknown:
        raise ProjectError(f"review.toml: analysis: unknown setting {', '.join(unknown)}")
    for name, entry in entries("sets"):
        if "table" not in raw:
            rules = {key: entry.pop(key) for key in list(entry) if key not in ("label", "table")}
            if rules or "table" not in entry:
                entry["rules"] = rules
        entry |= {"id": name, "label": entry.get("label", name)}
    for name, entry in entries("groups"):
        entry["column"] = name
    recipes = entries("recipes")
    labels = {name: entry.pop("label") for name, entry in recipes if "label" in entry}
    return raw | analysis | {"root": str(root), "labels": labels}


def _message(detail: Mapping[str, Any]) -> str:
    """Return an error of pydantic as "<place>: expected ..., found ..."."""
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    place, last = _place(detail["loc"]), detail["loc"][-1]
    outer = place.removesuffix(str(last)).removesuffix(".")
    around = f"{outer}: " if outer else ""
    expected = _EXPECTED.get(kind, detail["msg"].removeprefix("Input should be "))
    match kind:
        case "missing" if isinstance(last, str):
            return f"{around}missing setting {last}"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"{around}unknown setting {last}"
        case "value_error":
            return f"{place}: {context['error']}"
        case "union_tag_not_found":
            return f"{place}: missing setting kind"
        case "missing":  # the item of a pair
            place, expected = _place(detail["loc"][:-1]), f"at least {last + 1} items"
        case "union_tag_invalid":
            place, found = f"{place}.kind", found.get("kind")
            expected = f"one of {context['expected_tags']}".replace("'", "")
        case "too_short":
            expected = f"{'a table' if isinstance(found, dict) else 'a list'} that is not empty"
        case "too_long":
            expected = f"at most {context['max_length']} items"
        case "literal_error":
            expected = f"one of {context['expected']}".replace("'", "").replace(" or ", ", ")
    return f"{place}: expected {expected}, found {found!r}"


def _place(path: tuple[str | int, ...]) -> str:
    """Return where a setting stands in the file, such as ``outcomes[0].short``."""
    if path[:1] == ("labels",):
        path = ("recipes", *path[1:], "label")
    if path and path[0] in Analysis.model_fields:
        path = ("analysis", *path)
    if path[:1] in (("sets",), ("directions_evidence",)):
        inner = ("rules", "arms", "cohorts", "recommendation")  # in our models, not in the file
        path = path[:2] + path[3:] if path[2:3] and path[2] in inner else path
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _unknown_names(review: Review) -> Iterator[str]:
    """Yield the settings that name another one which is not there, or name one twice."""
    sets, recipes, parts = review.sets, review.recipes, review.parts
    decided, topics = review.directions_evidence.items(), review.every_topic
    named: list[tuple[str, Iterable[str], Mapping[str, Any]]] = [
        ("analysis.primary_set", [review.primary_set], sets),
        ("analysis.survival_set", filter(None, [review.survival_set]), sets),
        ("analysis.primary_recipe", [review.primary_recipe], recipes),
        ("analysis.comparison_recipe", [review.comparison_recipe], recipes),
        ("analysis.alternative_recipes", review.alternative_recipes, recipes),
        ("analysis.subgroups", review.subgroups, review.groups),
        *(
            (f"directions_evidence.{name}.set", [one.set], sets)
            for name, one in decided
            if one.kind != "recommendation"
        ),
        *(
            (f"parts.{name}.within", [one.within], parts)
            for name, one in parts.items()
            if one.within
        ),
        ("priors.default", [review.priors.default], review.priors.between),
        *(
            (f"summary[{i}].outcome", [one.outcome], review.every_outcome)
            for i, one in enumerate(review.summary)
        ),
        *(
            (f"summary[{i}].part", [one.part], _parts_of(review, one.outcome))
            for i, one in enumerate(review.summary)
            if one.part and one.outcome in review.every_outcome
        ),
        *(
            (f"claims[{i}].bears", claim.bears, {one.id: one for one in review.claims})
            for i, claim in enumerate(review.claims)
        ),
        *((f"claims[{i}].topic", [one.topic], topics) for i, one in enumerate(review.claims)),
        ("analysis.further_set", filter(None, [review.further_set]), sets),
        *(
            (f"further_outcomes[{i}].{name}", filter(None, [getattr(one, name)]), known)
            for i, one in enumerate(review.further_outcomes)
            for name, known in (("window", review.windows), ("by", review.groups))
        ),
    ]
    for place, names, known in named:
        for name in names:
            if name not in known:
                yield f"review.toml: {place}: expected one of {', '.join(known)}; found {name!r}"
    if isinstance(review, StudyReview):
        yield from _named_twice(review)
        return
    for place in ("primary_set", "survival_set"):
        chosen = sets.get(getattr(review, place))
        if chosen is not None and chosen.rules is None:
            yield f"review.toml: analysis.{place}: expected a set with rules"
    for name, one in sets.items():
        if one.table is not None and one.rules is not None:
            yield f"review.toml: sets.{name}: a set with a table has no rules"
    if review.further_outcomes and not review.further_set:
        yield "review.toml: analysis: missing setting further_set"
    yield from _named_twice(review)


def _parts_of(review: Review, name: str) -> dict[str, str]:
    """Return the words of the group by which an outcome is split; none where it is not."""
    group = review.groups.get(getattr(review.every_outcome[name], "by", ""))
    if group is None:
        return {}
    return {text: text for text in (*group.labels.values(), group.missing)}


def _named_twice(review: Review) -> Iterator[str]:
    """Yield the names that two outcomes have."""
    for which in ("id", "topic"):
        names = [name for outcome in review.outcomes if (name := getattr(outcome, which))]
        if which == "id":
            names += [outcome.id for outcome in review.further_outcomes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            yield f"review.toml: outcomes: {which} {', '.join(twice)} occurs twice"
