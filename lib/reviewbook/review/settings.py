"""The settings of a review as frozen objects; :mod:`reviewbook.review.project` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from metaprop import Recipe

from .rules import Rules

DIRECTIONS = ("benefit", "harm")


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
class Endpoint:
    """An endpoint of ``survival.csv``.

    Attributes
    ----------
    label, event : str
        Its name, and what its hazard or incidence counts.
    panel : str
        Endpoints with the same panel are drawn together.
    """

    label: str
    event: str
    panel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionEvidence:
    """What may decide a claimed direction; :mod:`reviewbook.ledger.directions` has the rules.

    Attributes
    ----------
    kind : {"arms", "cohorts", "recommendation"}
        Arms of the same cohort are compared; cohorts are; or there is nothing to compare.
    set : str
        Analysis set whose rules on reports and cohorts hold.
    endpoints : tuple of str
        Endpoints of ``survival.csv``; the claim must hold on each that has comparisons.
    better, worse : tuple of str
        Arms, or values of `column`, that do better and worse by the claim.
    exposure : str
        What begins during follow-up and tells the arms apart.
    randomised_or_landmark : tuple of str
        Reports whose comparison is randomised or starts at a stated landmark.
    counts_of : str
        Outcome of ``outcomes.csv`` that counts the same event in both arms together.
    column : str
        Column of ``cohorts.csv`` that tells the cohorts apart.
    within_column, within_value : str
        Cohorts are compared among those with this value, and among those without it.
    """

    kind: str
    set: str = ""
    endpoints: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    exposure: str = ""
    randomised_or_landmark: tuple[str, ...] = ()
    counts_of: str = ""
    column: str = ""
    within_column: str = ""
    within_value: str = ""

    def __post_init__(self) -> None:
        needed = {
            "arms": ("set", "endpoints", "better", "worse", "exposure"),
            "cohorts": (
                "set", "endpoints", "better", "worse", "column", "within_column", "within_value",
            ),
            "recommendation": (),
        }  # fmt: skip
        if self.kind not in needed:
            raise ValueError(f"kind must be one of {', '.join(needed)}; got {self.kind!r}")
        empty = [name for name in needed[self.kind] if not getattr(self, name)]
        if empty:
            raise ValueError(f"kind {self.kind} needs {', '.join(empty)}")


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
    directions_evidence : mapping
        What may decide each of them.
    endpoints, arms : mapping
        Words for the endpoints and arms of ``survival.csv``.
    other_outcomes : mapping
        Words for outcomes that tables name and the review does not pool.
    set_aside : tuple of SetAside
        Cohorts that cannot answer some outcomes.
    checks : Checks
        Facts for the cross-table checks.
    redirects : mapping
        Former pages, each with the page it leads to now.
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
    directions_evidence: Mapping[str, DirectionEvidence]
    endpoints: Mapping[str, Endpoint]
    arms: Mapping[str, str]
    other_outcomes: Mapping[str, str]
    set_aside: tuple[SetAside, ...] = ()
    checks: Checks = Checks()
    redirects: Mapping[str, str] = field(default_factory=dict)

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

    def endpoint(self, name: str) -> Endpoint:
        """Return the words for an endpoint; its identifier where the settings have none."""
        plain = name.replace("_", " ")
        return self.endpoints.get(name, Endpoint(label=plain, event=plain))

    def arm(self, name: str) -> str:
        """Return the words for an arm; its identifier where the settings have none."""
        return self.arms.get(name, name.replace("_", " "))

    def outcome_words(self, name: str) -> str:
        """Return the words for any outcome; its identifier where the settings have none."""
        pooled = {outcome.id: outcome.label for outcome in self.outcomes}
        return pooled.get(name) or self.other_outcomes.get(name, name.replace("_", " "))

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
