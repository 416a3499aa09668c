"""What is special to a review: ``data/review.toml`` as frozen objects."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metaprop import Recipe

from .rules import Rules

SETTINGS = Path("data") / "review.toml"
ROOT_VARIABLE = "REVIEWBOOK_ROOT"
DIRECTIONS = ("benefit", "harm")


class ProjectError(ValueError):
    """``review.toml`` is missing or says something it cannot say; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The article under re-examination; `key` is its entry in ``references.bib``."""

    key: str
    citation: str
    title: str
    doi: str
    pmid: str = ""
    pmcid: str = ""
    registration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An outcome of the review.

    Attributes
    ----------
    id, topic : str
        Its name in ``outcomes.csv`` and in ``claims.csv``.
    chapter : str
        File name of its chapter, without folder and suffix.
    label, short : str
        Full and short name.
    event, denominator : str
        What counts as an event, and in whom.
    direction : {"benefit", "harm"}
        What an event means for the patient.
    """

    id: str
    topic: str
    chapter: str
    label: str
    short: str
    event: str
    denominator: str
    direction: str

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"direction must be one of {', '.join(DIRECTIONS)}; got {self.direction!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of ``claims.csv`` that is not an outcome."""

    id: str
    label: str
    chapter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A column of ``cohorts.csv`` that forms subgroups, with the words for its values."""

    id: str
    title: str
    labels: Mapping[str, str]
    missing: str = "Not reported"

    @property
    def column(self) -> str:
        """Column of ``cohorts.csv``."""
        return self.id

    def label(self, value: str) -> str:
        """Return the words for a value of the column; an empty one is "Not reported"."""
        return self.labels.get(value, value) if value else self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSet:
    """A named set: rules, or the file of a study table that is pooled as it is."""

    id: str
    label: str
    rules: Rules | None = None
    table: str | None = None

    def describe(self) -> str:
        """Return what belongs to the set, in one sentence."""
        if self.rules is not None:
            return self.rules.describe()
        return f"The rows of {self.table}, as they are."


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Cohorts that cannot answer some outcomes, whatever the rules; empty `outcomes` means all."""

    cohorts: tuple[str, ...]
    outcomes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Facts the cross-table checks of the evidence need."""

    peer_reviewed_types: tuple[str, ...] = ()
    arms_outside_cohort: tuple[str, ...] = ()
    nested_outcomes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The settings of a review.

    Attributes
    ----------
    root : Path
        Folder that holds ``data/``.
    outcomes : tuple of Outcome
        In the order of the book.
    groups, sets, recipes : mapping
        By identifier, in the order of the file.
    recipe_labels : mapping
        Name of each recipe in tables.
    primary_set, primary_recipe, comparison_recipe : str
        Identifiers of the set and the recipe the book stands behind, and of the recipe that the
        printed values are held against.
    alternative_recipes : tuple of str
        Recipes shown beside them.
    topics : mapping
        Topics of the printed values that are not outcomes, by identifier.
    directions : mapping
        Words for the directions claimed.
    set_aside : tuple of SetAside
        Cohorts that cannot answer some outcomes.
    checks : Checks
        Facts for the cross-table checks.
    """

    root: Path
    title: str
    subtitle: str
    version: str
    language: str
    license: str
    base_url: str
    repository: str
    authors: tuple[str, ...]
    article: Article
    outcomes: tuple[Outcome, ...]
    groups: Mapping[str, Group]
    sets: Mapping[str, AnalysisSet]
    recipes: Mapping[str, Recipe]
    recipe_labels: Mapping[str, str]
    primary_set: str
    primary_recipe: str
    comparison_recipe: str
    alternative_recipes: tuple[str, ...]
    topics: Mapping[str, Topic]
    directions: Mapping[str, str]
    set_aside: tuple[SetAside, ...] = ()
    checks: Checks = Checks()

    def outcome(self, name: str) -> Outcome:
        """Return the outcome with this id or topic."""
        for outcome in self.outcomes:
            if name in (outcome.id, outcome.topic):
                return outcome
        known = ", ".join(outcome.id for outcome in self.outcomes)
        raise ValueError(f"no outcome is called {name!r}; outcomes are {known}")

    def topic(self, name: str) -> Topic | Outcome:
        """Return what has the label and the chapter of a topic of ``claims.csv``."""
        if name in self.topics:
            return self.topics[name]
        for outcome in self.outcomes:
            if name == outcome.topic:
                return outcome
        known = [outcome.topic for outcome in self.outcomes] + list(self.topics)
        raise ValueError(f"no topic is called {name!r}; topics are {', '.join(known)}")

    def set(self, name: str) -> AnalysisSet:
        """Return the analysis set with this id."""
        return _named("analysis set", self.sets, name)

    def recipe(self, name: str) -> Recipe:
        """Return the recipe with this id."""
        return _named("recipe", self.recipes, name)

    def group(self, name: str) -> Group:
        """Return the group with this id (a column of ``cohorts.csv``)."""
        return _named("group", self.groups, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the bibliographic settings as plain data."""
        plain = ("title", "subtitle", "version", "language", "license", "base_url", "repository")
        return {
            **{name: getattr(self, name) for name in plain},
            "authors": list(self.authors),
            "article": asdict(self.article),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }


def _named(kind: str, table: Mapping[str, Any], name: str) -> Any:
    if name not in table:
        raise ValueError(f"no {kind} is called {name!r}; there are {', '.join(table)}")
    return table[name]


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
    "topics", "directions",
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
            f"review.toml: base_url: expected an address that ends with /; found {review.base_url!r}"
        )
