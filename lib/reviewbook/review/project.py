"""Find a review and read what is special to it: ``data/review.toml``."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
from yaml import YAMLError

from .settings import Analysis, Article, Outcome, Review

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
    "mapping_type": "a table",
    "dict_type": "a table",
    "model_type": "a table",
    "dataclass_type": "a table",
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
    except (MalformedError, YAMLError) as error:
        raise ProjectError(f"_toc.yml: {error}") from None
    return [page.removesuffix(".md") for page in toc]


def load_review(root: Path | str | None = None) -> Review:
    """Read ``data/review.toml`` of the review at `root` (see :func:`find_root`).

    Raises
    ------
    ProjectError
        When the file is missing or not TOML, lacks a setting, or has one with a wrong value. The
        message names everything that is wrong.
    """
    folder = find_root(root)
    try:
        text = (folder / SETTINGS).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"review.toml: expected UTF-8; {error}") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"review.toml: not valid TOML: {error}") from None
    try:
        review = Review.model_validate_json(json.dumps(_reshaped(folder, raw), default=str))
    except ValidationError as error:
        raise ProjectError(*(_message(detail) for detail in error.errors())) from None
    unknown = list(_unknown_names(review))
    if unknown:
        raise ProjectError(*unknown)
    return review


def _reshaped(root: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings in the form of :class:`Review`: names inside, rules and labels apart."""

    def entries(key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what is a table; anything else is left for the check of types."""
        found = raw.get(key, {})
        for name, entry in found.items() if isinstance(found, dict) else ():
            if isinstance(entry, dict):
                yield name, dict(entry)

    analysis = raw.get("analysis", {})
    if not isinstance(analysis, dict):
        raise ProjectError(f"review.toml: analysis: expected a table, found {analysis!r}")
    unknown = sorted(set(analysis) - set(Analysis.model_fields))
    if unknown:
        raise ProjectError(f"review.toml: analysis: unknown setting {', '.join(unknown)}")
    shaped = {key: value for key, value in raw.items() if key != "analysis"} | analysis
    for key in ("groups", "topics", "sets", "recipes"):
        if isinstance(raw.get(key), dict):
            shaped[key] = dict(raw[key])
    for key in ("groups", "topics"):
        shaped.get(key, {}).update((name, {**entry, "id": name}) for name, entry in entries(key))
    for name, entry in entries("sets"):
        one = {"id": name, "label": entry.pop("label", name)}
        if "table" in entry:
            one["table"] = entry.pop("table")
        shaped["sets"][name] = one | ({"rules": entry} if entry or "table" not in one else {})
    labels = {}
    for name, entry in entries("recipes"):
        if "label" in entry:
            labels[name] = entry.pop("label")
        shaped["recipes"][name] = entry
    return shaped | {"root": str(root), "labels": labels}


def _message(detail: Mapping[str, Any]) -> str:
    """Return an error of pydantic as "review.toml: <place>: expected ..., found ..."."""
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    place, last = _place(detail["loc"]), detail["loc"][-1]
    outer = place.removesuffix(str(last)).removesuffix(".")
    around = f"review.toml: {outer}: " if outer else "review.toml: "
    if kind == "missing" and isinstance(last, str):
        return f"{around}missing setting {last}"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{around}unknown setting {last}"
    if kind == "value_error":
        return f"review.toml: {place}: {context['error']}"
    if kind == "union_tag_not_found":
        return f"review.toml: {place}: missing setting kind"
    if kind == "missing":  # the item of a pair
        outer = _place(detail["loc"][:-1])
        return f"review.toml: {outer}: expected at least {last + 1} items, found {found!r}"
    if kind == "union_tag_invalid":
        place, found = f"{place}.kind", found.get("kind")
        expected = f"one of {context['expected_tags']}".replace("'", "")
    elif kind == "too_short":
        empty = "a table" if isinstance(found, dict) else "a list"
        expected = f"{empty} that is not empty"
    elif kind == "too_long":
        expected = f"at most {context['max_length']} items"
    elif kind == "literal_error":
        expected = f"one of {context['expected']}".replace("'", "").replace(" or ", ", ")
    else:
        words = detail["msg"].removeprefix("Input should be ")
        expected = _EXPECTED.get(kind, words)
    return f"review.toml: {place}: expected {expected}, found {found!r}"


def _place(path: tuple[str | int, ...]) -> str:
    """Return where a setting stands in the file, such as ``outcomes[0].short``."""
    if path and path[0] in Analysis.model_fields:
        path = ("analysis", *path)
    if path[:1] in (("sets",), ("directions_evidence",)):
        inner = ("rules", "arms", "cohorts", "recommendation")  # in our models, not in the file
        path = path[:2] + path[3:] if path[2:3] and path[2] in inner else path
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _unknown_names(review: Review) -> Iterator[str]:
    """Yield the settings that name another one which is not there, or name one twice."""
    sets, recipes, groups = review.sets, review.recipes, review.groups
    named: list[tuple[str, str, Mapping[str, Any]]] = [
        ("analysis.primary_set", review.primary_set, sets),
        ("analysis.survival_set", review.survival_set, sets),
        ("analysis.primary_recipe", review.primary_recipe, recipes),
        ("analysis.comparison_recipe", review.comparison_recipe, recipes),
        *(("analysis.alternative_recipes", one, recipes) for one in review.alternative_recipes),
        *(("analysis.subgroups", one, groups) for one in review.subgroups),
        *(
            (f"directions_evidence.{name}.set", one.set, sets)
            for name, one in review.directions_evidence.items()
            if one.kind != "recommendation"
        ),
        *(
            (f"parts.{name}.within", one.within, review.parts)
            for name, one in review.parts.items()
            if one.within
        ),
        ("priors.default", review.priors.default, review.priors.between),
    ]
    for place, name, known in named:
        if name not in known:
            yield f"review.toml: {place}: expected one of {', '.join(known)}; found {name!r}"
    for place, name in (("primary_set", review.primary_set), ("survival_set", review.survival_set)):
        if name in sets and sets[name].rules is None:
            yield f"review.toml: analysis.{place}: expected a set with rules"
    for name, one in sets.items():
        if one.table is not None and one.rules is not None:
            yield f"review.toml: sets.{name}: a set with a table has no rules"
    for which in ("id", "topic"):
        names = [getattr(outcome, which) for outcome in review.outcomes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            yield f"review.toml: outcomes: {which} {', '.join(twice)} occurs twice"
