"""Find a review and read what is special to it: ``data/review.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml
from yaml import YAMLError

from metaprop import Recipe

from .reading import ProjectError, listed, make, not_empty, table, tables, wrong
from .rules import Rules
from .settings import (
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

__all__ = ["Article", "Outcome", "ProjectError", "Review", "find_root", "load_review"]

SETTINGS = Path("data") / "review.toml"
ROOT_VARIABLE = "REVIEWBOOK_ROOT"


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
    for key in ("article", "analysis", "sets", "recipes"):
        not_empty(raw, key, dict)
    for key in ("authors", "outcomes"):
        not_empty(raw, key, list)
    sets = {name: _set(name, entry) for name, entry in tables(raw, "sets").items()}
    recipes = {name: _recipe(name, entry) for name, entry in tables(raw, "recipes").items()}
    labels = {
        name: entry.get("label", recipes[name].label)
        for name, entry in tables(raw, "recipes").items()
    }
    settings = {key: value for key, value in raw.items() if key not in ("analysis", "set_aside")}
    settings |= table(raw, "analysis")
    settings |= {
        "root": root,
        "article": make(Article, "article", **table(raw, "article")),
        "outcomes": [
            make(Outcome, f"outcomes[{i}]", **entry)
            for i, entry in enumerate(listed(raw, "outcomes"))
        ],
        "groups": _objects(raw, "groups", Group),
        "sets": MappingProxyType(sets),
        "topics": _objects(raw, "topics", Topic),
        "directions": table(raw, "directions"),
        "directions_evidence": _objects(raw, "directions_evidence", DirectionEvidence),
        "endpoints": _objects(raw, "endpoints", Endpoint),
        "arms": table(raw, "arms"),
        "other_outcomes": table(raw, "other_outcomes"),
        "recipes": MappingProxyType(recipes),
        "recipe_labels": MappingProxyType(labels),
        "set_aside": [
            make(SetAside, f"set_aside[{i}]", **entry)
            for i, entry in enumerate(listed(raw, "set_aside"))
        ],
        "checks": make(Checks, "checks", **table(raw, "checks")),
    }
    review: Review = make(Review, "", **settings)
    _check_names(review)
    _check_address(review)
    return review


def _objects(raw: dict[str, Any], key: str, cls: Any) -> MappingProxyType[str, Any]:
    """Return a table of tables as objects; one that has an `id` takes its name as such."""
    named = any(field.name == "id" for field in fields(cls))
    return MappingProxyType(
        {
            name: make(cls, f"{key}.{name}", **(entry | {"id": name} if named else entry))
            for name, entry in tables(raw, key).items()
        }
    )


def _set(name: str, entry: dict[str, Any]) -> AnalysisSet:
    place = f"sets.{name}"
    rest = dict(entry)
    label = rest.pop("label", name)
    file = rest.pop("table", None)
    if file is not None:
        if rest:
            raise ProjectError(
                f"review.toml: {place}: a set with a table has no rules: {sorted(rest)}"
            )
        return make(AnalysisSet, place, id=name, label=label, table=file)
    return make(AnalysisSet, place, id=name, label=label, rules=make(Rules, place, **rest))


def _recipe(name: str, entry: dict[str, Any]) -> Recipe:
    options = {key: value for key, value in entry.items() if key != "label"}
    recipe: Recipe = make(Recipe, f"recipes.{name}", **options)
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
    for place, name, known in named:
        if name not in known:
            raise ProjectError(
                f"review.toml: {place}: expected one of {', '.join(known)}; found {name!r}"
            )
    if review.set(review.primary_set).rules is None:
        raise ProjectError("review.toml: analysis.primary_set: expected a set with rules")
    for which in ("id", "topic"):
        names = [getattr(outcome, which) for outcome in review.outcomes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ProjectError(f"review.toml: outcomes: {which} {', '.join(twice)} occurs twice")


def _check_address(review: Review) -> None:
    """Check what citations are made of: version, authors and address."""
    if not re.fullmatch(r"[0-9]+\.[0-9]+(\.[0-9]+)?", review.version):
        raise wrong("version", "X.Y or X.Y.Z", review.version)
    for i, author in enumerate(review.authors):
        if not author.strip():
            raise wrong(f"authors[{i}]", "a name", author)
    if not re.fullmatch(r"https?://[^\s?#]+/", review.base_url):
        expected = "an address that ends with /, such as https://example.org/book/"
        raise wrong("base_url", expected, review.base_url)
