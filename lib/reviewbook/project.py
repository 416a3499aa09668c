"""Find a review and read what is special to it: ``data/review.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metaprop import Recipe

from .review import (
    AnalysisSet,
    Article,
    Checks,
    DirectionEvidence,
    Endpoint,
    Group,
    Outcome,
    Review,
    SetAside,
    Topic,
)
from .rules import Rules

__all__ = ["Article", "Outcome", "ProjectError", "Review", "find_root", "load_review"]

SETTINGS = Path("data") / "review.toml"
ROOT_VARIABLE = "REVIEWBOOK_ROOT"


class ProjectError(ValueError):
    """``review.toml`` is missing or says something it cannot say; the message names the place."""


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


def load_review(root: Path | str | None = None) -> Review:
    """Read ``data/review.toml`` of the review at `root` (see :func:`find_root`).

    Raises
    ------
    ProjectError
        When the file is missing or not TOML, lacks a setting, or has one with a wrong value.
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
    return _review(folder, raw)


def _review(root: Path, raw: dict[str, Any]) -> Review:
    analysis = _take(raw, "analysis", dict)
    sets = {name: _set(name, table) for name, table in _take(raw, "sets", dict).items()}
    recipe_tables = _take(raw, "recipes", dict)
    recipes = {name: _recipe(name, table) for name, table in recipe_tables.items()}
    review = _make(
        Review,
        "",
        root=root,
        article=_make(Article, "article", **_take(raw, "article", dict)),
        outcomes=tuple(
            _make(Outcome, f"outcomes[{i}]", **table)
            for i, table in enumerate(_take(raw, "outcomes", list))
        ),
        groups=MappingProxyType(
            {
                name: _make(Group, f"groups.{name}", id=name, **table)
                for name, table in raw.get("groups", {}).items()
            }
        ),
        sets=MappingProxyType(sets),
        topics=MappingProxyType(
            {
                name: _make(Topic, f"topics.{name}", id=name, **table)
                for name, table in raw.get("topics", {}).items()
            }
        ),
        directions=MappingProxyType(raw.get("directions", {})),
        directions_evidence=MappingProxyType(
            {
                name: _make(DirectionEvidence, f"directions_evidence.{name}", **_tuples(table))
                for name, table in raw.get("directions_evidence", {}).items()
            }
        ),
        endpoints=MappingProxyType(
            {
                name: _make(Endpoint, f"endpoints.{name}", **table)
                for name, table in raw.get("endpoints", {}).items()
            }
        ),
        arms=MappingProxyType(raw.get("arms", {})),
        other_outcomes=MappingProxyType(raw.get("other_outcomes", {})),
        recipes=MappingProxyType(recipes),
        recipe_labels=MappingProxyType(
            {name: table.get("label", recipes[name].label) for name, table in recipe_tables.items()}
        ),
        set_aside=tuple(
            _make(SetAside, f"set_aside[{i}]", **_tuples(table))
            for i, table in enumerate(raw.get("set_aside", []))
        ),
        checks=_make(Checks, "checks", **_tuples(raw.get("checks", {}))),
        authors=tuple(_take(raw, "authors", list)),
        **_tuples(analysis),
        **{key: value for key, value in raw.items() if key not in _TABLES and key != "authors"},
    )
    _check_names(review)
    return review


_TABLES = (
    "analysis", "article", "outcomes", "groups", "sets", "recipes", "set_aside", "checks",
    "topics", "directions", "directions_evidence", "endpoints", "arms", "other_outcomes",
)  # fmt: skip


def _take(raw: dict[str, Any], key: str, kind: type) -> Any:
    if not isinstance(raw.get(key), kind) or not raw[key]:
        what = {"dict": "a table", "list": "a list"}[kind.__name__]
        raise ProjectError(f"review.toml: {key}: expected {what} that is not empty")
    return raw[key]


def _make(cls: Any, place: str, **settings: Any) -> Any:
    """Build a frozen object, turning wrong settings into messages that name the place."""
    prefix = f"review.toml: {place}: " if place else "review.toml: "
    names = {field.name for field in fields(cls)}
    unknown = sorted(set(settings) - names)
    if unknown:
        raise ProjectError(f"{prefix}unknown setting {', '.join(unknown)}")
    try:
        built = cls(**settings)
    except TypeError as error:
        raise ProjectError(prefix + _missing(str(error))) from None
    except ValueError as error:
        raise ProjectError(f"{prefix}{error}") from None
    for field in fields(cls):
        if field.type == "str" and not isinstance(getattr(built, field.name), str):
            value = getattr(built, field.name)
            raise ProjectError(f"{prefix}{field.name}: expected text, found {value!r}")
    return built


def _missing(message: str) -> str:
    names = re.findall(r"'(\w+)'", message)
    return f"missing setting {', '.join(names)}" if names else message


def _tuples(value: Any) -> Any:
    """Turn lists into tuples, all the way down."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value


def _set(name: str, table: dict[str, Any]) -> AnalysisSet:
    place = f"sets.{name}"
    rest = _tuples(table)
    label = rest.pop("label", name)
    file = rest.pop("table", None)
    if file is not None:
        if rest:
            raise ProjectError(
                f"review.toml: {place}: a set with a table has no rules: {sorted(rest)}"
            )
        return AnalysisSet(id=name, label=label, table=file)
    return AnalysisSet(id=name, label=label, rules=_make(Rules, place, **rest))


def _recipe(name: str, table: dict[str, Any]) -> Recipe:
    options = {key: value for key, value in table.items() if key != "label"}
    recipe: Recipe = _make(Recipe, f"recipes.{name}", **options)
    return recipe


def _check_names(review: Review) -> None:
    named = [
        ("analysis.primary_set", review.primary_set, review.sets),
        ("analysis.primary_recipe", review.primary_recipe, review.recipes),
        ("analysis.comparison_recipe", review.comparison_recipe, review.recipes),
        *(("analysis.alternative_recipes", r, review.recipes) for r in review.alternative_recipes),
        *(
            (f"directions_evidence.{name}.set", entry.set, review.sets)
            for name, entry in review.directions_evidence.items()
            if entry.kind != "recommendation"
        ),
    ]
    for place, name, table in named:
        if name not in table:
            raise ProjectError(
                f"review.toml: {place}: expected one of {', '.join(table)}; found {name!r}"
            )
    if review.set(review.primary_set).rules is None:
        raise ProjectError("review.toml: analysis.primary_set: expected a set with rules")
    for which in ("id", "topic"):
        names = [getattr(outcome, which) for outcome in review.outcomes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ProjectError(f"review.toml: outcomes: {which} {', '.join(twice)} occurs twice")
    if not review.base_url.endswith("/"):
        raise ProjectError(
            "review.toml: base_url: expected an address that ends with /; "
            f"found {review.base_url!r}"
        )
