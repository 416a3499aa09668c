"""The settings of a review as frozen objects; :mod:`reviewbook.review.project` reads them.

Every class is a table of ``data/review.toml`` and says what may stand in it: a setting with the
wrong type, one that is missing and one that nobody knows are errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
)
from pydantic_core import PydanticCustomError

from metaprop import Recipe
from metaprop.priors import HalfNormal, Normal, TauPrior, Uniform, half_cauchy

from .rules import Rules, last_day

V = TypeVar("V")
Table = Annotated[Mapping[str, V], AfterValidator(MappingProxyType)]
"""A table of settings by name, in the order of the file; nobody can add to it."""
Some = Annotated[tuple[V, ...], Field(min_length=1)]
"""A list with something in it."""
EMPTY: Any = Field(default_factory=lambda: MappingProxyType({}))
"""The default of a table that may be left out."""


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    """Return a check that a text matches `pattern`, which is what `expected` says in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError("setting", "{expected}", {"expected": expected})
        return text

    return check


Name = Annotated[str, AfterValidator(_matching(r".*\S.*", "a name"))]
Version = Annotated[str, AfterValidator(_matching(r"[0-9]+\.[0-9]+(\.[0-9]+)?", "X.Y or X.Y.Z"))]
Address = Annotated[
    str,
    AfterValidator(
        _matching(
            r"https?://[^\s?#]+/",
            "an address that ends with /, such as https://example.org/book/",
        )
    ),
]
Day = Annotated[str, AfterValidator(last_day)]
"""A date of which the last day counts that it can mean; may be empty."""


class Setting(BaseModel):
    """A table of the settings file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Article(Setting):
    """The article under re-examination; `key` is its entry in ``references.bib``."""

    key: str
    citation: str
    title: str
    doi: str
    pmid: str = ""
    pmcid: str = ""
    registration: str = ""


class Outcome(Setting):
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
    direction: Literal["benefit", "harm"]


class Topic(Setting):
    """A topic of ``claims.csv`` that is not an outcome."""

    id: str
    label: str
    chapter: str


class Endpoint(Setting):
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


class ArmsEvidence(Setting):
    """Arms of the same cohort may decide a claimed direction.

    :mod:`reviewbook.ledger.directions` has the rules.

    Attributes
    ----------
    set : str
        Analysis set whose rules on reports and cohorts hold.
    endpoints : tuple of str
        Endpoints of ``survival.csv``; the claim must hold on each that has comparisons.
    better, worse : tuple of str
        Arms that do better and worse by the claim.
    exposure : str
        What begins during follow-up and tells the arms apart.
    randomised_or_landmark : tuple of str
        Reports whose comparison is randomised or starts at a stated landmark.
    counts_of : str
        Outcome of ``outcomes.csv`` that counts the same event in both arms together.
    """

    kind: Literal["arms"]
    set: str
    endpoints: Some[str]
    better: Some[str]
    worse: Some[str]
    exposure: Name
    randomised_or_landmark: tuple[str, ...] = ()
    counts_of: str = ""


class CohortsEvidence(Setting):
    """Whole cohorts may decide a claimed direction.

    Attributes
    ----------
    set, endpoints
        As in :class:`ArmsEvidence`.
    column : str
        Column of ``cohorts.csv`` that tells the cohorts apart.
    better, worse : tuple of str
        Its values that do better and worse by the claim.
    within_column, within_value : str
        Cohorts are compared among those with this value, and among those without it.
    """

    kind: Literal["cohorts"]
    set: str
    endpoints: Some[str]
    column: Name
    better: Some[str]
    worse: Some[str]
    within_column: Name
    within_value: Name


class Recommendation(Setting):
    """A claimed direction that no count can decide."""

    kind: Literal["recommendation"]


DirectionEvidence = Annotated[
    ArmsEvidence | CohortsEvidence | Recommendation, Field(discriminator="kind")
]
"""What may decide a claimed direction, by its kind."""


class Group(Setting):
    """A column of ``cohorts.csv`` that forms subgroups, with the words for its values."""

    id: str
    title: str
    labels: Table[str]
    missing: str = "Not reported"

    @property
    def column(self) -> str:
        """Column of ``cohorts.csv``."""
        return self.id

    def label(self, value: str) -> str:
        """Return the words for a value of the column; an empty one is "Not reported"."""
        return self.labels.get(value, value) if value else self.missing


class Part(Setting):
    """A column of ``cohorts.csv`` that counts some of the patients infused.

    Attributes
    ----------
    noun : str
        What its patients are called; for a part that is not `within` another also its column in
        the article's study table.
    claim : str
        What the printed number of them is called in the ledger.
    head : str
        Head of its column in the table of characteristics; without one it is not shown.
    within : str
        The part it lies in. Parts that lie in no other add up to the cohort.
    all_of : tuple of str
        Values of :attr:`Checks.parts_by` with which every patient of a cohort is of this part.
    """

    noun: Name
    claim: str = ""
    head: str = ""
    within: str = ""
    all_of: tuple[str, ...] = ()


class AnalysisSet(Setting):
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


class Change(Setting):
    """A change to the rules of the primary set: only the rules that are named change.

    Attributes
    ----------
    published_by : str
        Empty: to today.
    populations : tuple of str
        ``["any"]``: every denominator that the evidence knows.
    peer_reviewed, min_patients, statuses, overlap, preferred_only, alternative
        As in :class:`~reviewbook.review.rules.Rules`.
    """

    published_by: Day | None = None
    peer_reviewed: bool | None = None
    min_patients: PositiveInt | None = None
    statuses: Some[str] | None = None
    populations: Some[str] | None = None
    overlap: Literal["largest", "earliest"] | None = None
    preferred_only: bool | None = None
    alternative: Literal["highest", "lowest"] | None = None

    def rules(self, *, any_population: tuple[str, ...]) -> dict[str, Any]:
        """Return the change as arguments of ``Rules.but``.

        Parameters
        ----------
        any_population : tuple of str
            The denominators that the evidence knows.
        """
        named = {name: value for name, value in self if value is not None}
        if self.published_by == "":
            named["published_by"] = None
        if self.populations == ("any",):
            named["populations"] = any_population
        return named


class Multiverse(Setting):
    """The choices of rules that the multiverse combines; the others have two levels each.

    Attributes
    ----------
    months_before : tuple of int
        Publication windows end so many months before the last day of the primary set (at the end
        of a month; 0 is the day itself); one more window is open to today.
    min_patients : tuple of int
        Fewest patients infused.
    statuses : mapping
        Accepted distances of a count from its report, by name.
    denominators : mapping of str to Change
        Which count of a cohort is taken, by name.
    """

    months_before: Some[NonNegativeInt]
    min_patients: Some[PositiveInt]
    statuses: Table[Some[str]]
    denominators: Table[Change]


class BetweenPrior(Setting):
    """A prior of the standard deviation between cohorts, on the logit scale.

    Attributes
    ----------
    family : {"half-normal", "half-Cauchy", "uniform"}
    scale : float
        Its scale; of a uniform one the upper end.
    """

    family: Literal["half-normal", "half-Cauchy", "uniform"]
    scale: PositiveFloat

    @property
    def density(self) -> TauPrior:
        """The prior as metaprop has it."""
        if self.family == "half-normal":
            return HalfNormal(self.scale)
        return half_cauchy(self.scale) if self.family == "half-Cauchy" else Uniform(self.scale)


class Priors(Setting):
    """Priors of the Bayesian pools, on the logit scale.

    Attributes
    ----------
    default : str
        The one of `between` that the text quotes.
    mean : Normal
        Prior of the pooled log odds.
    between : mapping of str to BetweenPrior
        Priors that are compared with each other, in the order of tables.
    """

    default: str
    mean: Normal
    between: Table[BetweenPrior]


class ImmortalTime(Setting):
    """What the simulation of immortal time assumes.

    Attributes
    ----------
    spread : float
        Standard deviation of the logarithm of the time to exposure.
    landmark_ratio : float
        The landmark analysis starts at this multiple of the median time to exposure.
    fewest_patients : int
        Comparisons with fewer patients are not simulated.
    medians : tuple of float
        Median times to exposure in months, beside the one that a report prints.
    shown : float
        The one of them that stands beside the printed one.
    shapes : mapping of str to float
        Weibull shapes of the event times, by name; the first is the one that figures show.
    """

    spread: PositiveFloat
    landmark_ratio: PositiveFloat
    fewest_patients: PositiveInt
    medians: Some[PositiveFloat]
    shown: PositiveFloat
    shapes: Table[PositiveFloat]


class SetAside(Setting):
    """Cohorts that cannot answer some outcomes, whatever the rules; empty `outcomes` means all."""

    cohorts: tuple[str, ...]
    outcomes: tuple[str, ...]
    reason: str


class Checks(Setting):
    """Facts the cross-table checks of the evidence need.

    Attributes
    ----------
    peer_reviewed_types : tuple of str
        Kinds of publication that are peer-reviewed; no other is.
    arms_outside_cohort : tuple of str
        Arms of ``survival.csv`` that are no part of their cohort.
    nested_outcomes : tuple of pairs
        In the same patients, the first cannot have more events than the second.
    parts_by : str
        Column of ``cohorts.csv`` that the parts must agree with; see :attr:`Part.all_of`.
    ready_made_sets : mapping
        Yes/no columns of ``cohorts.csv`` that choose cohorts sharing no patients; a day there asks
        for a peer-reviewed report published by it.
    """

    peer_reviewed_types: tuple[str, ...] = ()
    arms_outside_cohort: tuple[str, ...] = ()
    nested_outcomes: tuple[tuple[str, str], ...] = ()
    parts_by: str = ""
    ready_made_sets: Table[Day] = EMPTY


class Analysis(Setting):
    """What the book stands behind, and what it shows beside it.

    Attributes
    ----------
    primary_set, primary_recipe, comparison_recipe : str
        Identifiers of the set and the recipe the book stands behind, and of the recipe that the
        printed values are held against.
    alternative_recipes : tuple of str
        Recipes shown beside them.
    survival_set : str
        Set whose rules hold for printed survival.
    subgroups : tuple of str
        Groups that tables of subgroups show, in order.
    """

    primary_set: str
    primary_recipe: str
    comparison_recipe: str
    alternative_recipes: tuple[str, ...]
    survival_set: str
    subgroups: tuple[str, ...] = ()


class Review(Analysis):
    """The settings of a review.

    Attributes
    ----------
    root : Path
        Folder that holds ``data/``.
    outcomes : tuple of Outcome
        In the order of the book.
    groups, parts, sets, recipes : mapping
        By identifier, in the order of the file.
    labels : mapping
        Names of recipes, where the settings have one; see :attr:`recipe_labels`.
    characteristics : mapping
        Further columns of ``cohorts.csv`` that stand beside a cohort, each with the head of its
        column in the table of characteristics; without one it is not shown.
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
    variants : mapping of str to Change
        Changes to the rules of the primary set whose effect is shown one by one.
    multiverse : Multiverse
        The choices of rules that are combined.
    priors : Priors
        Of the Bayesian pools.
    immortal_time : ImmortalTime
        What its simulation assumes.
    set_aside : tuple of SetAside
        Cohorts that cannot answer some outcomes.
    checks : Checks
        Facts for the cross-table checks.
    redirects : mapping
        Former pages, each with the page it leads to now.
    """

    root: Annotated[Path, Field(strict=False)]
    title: str
    subtitle: str
    version: Version
    language: str
    license: str
    base_url: Address
    repository: str
    authors: Some[Name]
    article: Article
    outcomes: Some[Outcome]
    groups: Table[Group] = EMPTY
    parts: Table[Part] = EMPTY
    characteristics: Table[str] = EMPTY
    sets: Annotated[Table[AnalysisSet], Field(min_length=1)]
    recipes: Annotated[Table[Recipe], Field(min_length=1)]
    labels: Table[str]
    topics: Table[Topic] = EMPTY
    directions: Table[str] = EMPTY
    directions_evidence: Table[DirectionEvidence] = EMPTY
    endpoints: Table[Endpoint] = EMPTY
    arms: Table[str] = EMPTY
    other_outcomes: Table[str] = EMPTY
    variants: Table[Change]
    multiverse: Multiverse
    priors: Priors
    immortal_time: ImmortalTime
    set_aside: tuple[SetAside, ...] = ()
    checks: Checks = Field(default_factory=Checks)
    redirects: Table[str] = EMPTY

    @property
    def recipe_labels(self) -> Mapping[str, str]:
        """Name of each recipe in tables."""
        return {name: self.labels.get(name, one.label) for name, one in self.recipes.items()}

    @property
    def article_set(self) -> AnalysisSet | None:
        """The set that is a study table of the article; None where the settings have none."""
        return next((one for one in self.sets.values() if one.table is not None), None)

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


def _named(kind: str, table: Mapping[str, V], name: str) -> V:
    if name not in table:
        raise ValueError(f"no {kind} is called {name!r}; there are {', '.join(table)}")
    return table[name]
