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

from .rules import STATUSES, Rules, last_day

V = TypeVar("V")
Table = Annotated[Mapping[str, V], AfterValidator(MappingProxyType)]
"""A table of settings by name, in the order of the file; nobody can add to it."""
Some = Annotated[tuple[V, ...], Field(min_length=1)]
"""A list with something in it."""
EMPTY: Any = Field(default_factory=lambda: MappingProxyType({}))
"""The default of a table that may be left out."""


def matching(pattern: str, expected: str) -> Callable[[str], str]:
    """Return a check that a text matches `pattern`, which is what `expected` says in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError("setting", "{expected}", {"expected": expected})
        return text

    return check


Name = Annotated[str, AfterValidator(matching(r".*\S.*", "a name"))]
Version = Annotated[str, AfterValidator(matching(r"[0-9]+\.[0-9]+(\.[0-9]+)?", "X.Y or X.Y.Z"))]
_ADDRESS = "an address that ends with /, such as https://books.example/mine/"
_CHARACTERS = r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%]"  # of RFC 3986, without ? and #
Address = Annotated[str, AfterValidator(matching(rf"(https?://{_CHARACTERS}+/)?", _ADDRESS))]
_TAG = "a language tag, such as en or zh-Hans"
Language = Annotated[str, AfterValidator(matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", _TAG))]
_SPDX = 'an SPDX name, such as "CC-BY-4.0", or an empty text'
Licence = Annotated[str, AfterValidator(matching(r"[A-Za-z0-9.+-]*", _SPDX))]
_KEY = "letters, digits, - and _, with which citation keys begin"
CitationKey = Annotated[str, AfterValidator(matching(r"[A-Za-z0-9_-]*", _KEY))]
Level = Annotated[int, Field(ge=1, le=4)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
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

    `id` is its name in ``outcomes.csv`` and `topic` that in ``claims.csv`` ("": the article prints
    nothing on it); `chapter` is the file
    name of its chapter, without folder and suffix; `direction` is what an event means for the
    patient.
    """

    id: str
    topic: str = ""
    chapter: str
    label: str
    short: str
    event: str
    denominator: str
    direction: Literal["benefit", "harm"]

    @property
    def counted(self) -> str:
        """Its name in ``outcomes.csv``."""
        return self.id


class Window(Setting):
    """A span of time in which events are counted: the words `timepoints` of ``outcomes.csv``."""

    label: str
    timepoints: Some[str]


class FurtherOutcome(Outcome):
    """A question beyond the outcomes that the article pools, with the rules of its pool.

    A pool takes one definition (`counts`, an outcome of ``outcomes.csv``), one denominator
    (`populations`), one span of time (`window`) and, for harms, one cause: the `phases` that may
    be counted, words of the column ``phase`` with "" for rows that do not tell. A zero over both
    phases is a zero in each, so a row of phase ``either`` without events is accepted too. With `by`
    the cohorts are pooled only within the values of that group. `listed_because` says why there is
    no pool, whatever the number of cohorts. Cohorts whose patients were selected by what came after
    the infusion (``selected_after``) are left out.
    """

    topic: str = ""
    counts: Name
    window: Name
    populations: Some[str] = ("infused",)
    phases: tuple[str, ...] = ()
    by: str = ""
    listed_because: str = ""

    @property
    def counted(self) -> str:
        """Its name in ``outcomes.csv``."""
        return self.counts

    def accepts_phase(self, phase: str, events: int) -> bool:
        """Whether a count of this phase may enter; without `phases` any may."""
        return not self.phases or phase in self.phases or (phase == "either" and events == 0)


class Topic(Setting):
    """A topic of ``claims.csv`` that is not an outcome."""

    label: str
    chapter: str


class Claim(Setting):
    """A claim of the article, to which printed values of ``claims.csv`` belong.

    A `proportion` is judged, a `direction` gets findings, and a `statement` cannot be checked by
    counts; ``docs/judging-claims.md`` has the rules. `topic` is that of its printed values, `text`
    says it in the words of a sentence. `bears` names the claims whose findings bear on a statement.
    """

    id: str
    kind: Literal["proportion", "direction", "statement"]
    topic: str
    text: str
    bears: tuple[str, ...] = ()


class Endpoint(Setting):
    """An endpoint of ``survival.csv``; `event` is what its hazard or incidence counts.

    Endpoints with the same `panel` are drawn together.
    """

    label: str
    event: str
    panel: str = ""


class ArmsEvidence(Setting):
    """Arms of the same cohort may decide a claimed direction.

    Arms that are `better` and `worse` by the claim are compared in the reports of `set`; the claim
    must hold on each of the `endpoints` that has comparisons. `exposure` begins during follow-up
    and tells the arms apart; `counts_of` names an outcome of ``outcomes.csv`` that counts the same
    event in both arms together. :mod:`reviewbook.ledger.directions` has the rules.
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

    `better` and `worse` are values of `column` of ``cohorts.csv``. Cohorts are compared among those
    with `within_value` in `within_column`, and among those without it.
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

    column: str
    title: Name
    labels: Table[Name]
    missing: Name = "Not reported"

    def label(self, value: str) -> str:
        """Return the words for a value of the column; an empty one is "Not reported"."""
        return self.labels.get(value, value) if value else self.missing


class Part(Setting):
    """A column of ``cohorts.csv`` that counts some of the patients infused.

    Parts that lie `within` no other add up to the cohort, and their `noun` is also their column in
    the article's study table. `claim` is what the ledger calls the printed number of these
    patients; `head` is the head of the column in the table of characteristics ("": not shown). With
    the values `all_of` of :attr:`Checks.parts_by`, every patient of a cohort is of this part.
    """

    noun: Name
    claim: str = ""
    head: str = ""
    within: str = ""
    all_of: tuple[str, ...] = ()


class AnalysisSet(Setting):
    """A named set: rules, or the file of a study table that is pooled as it is."""

    id: str
    label: Name
    rules: Rules | None = None
    table: str | None = None

    def describe(self) -> str:
        """Return what belongs to the set, in one sentence."""
        if self.rules is not None:
            return self.rules.describe()
        return f"The rows of {self.table}, as they are."


class Change(Setting):
    """A change to the rules of the primary set: only the rules that are named change.

    ``published_by = ""`` is to today, and ``populations = ["any"]`` is every denominator that the
    evidence knows; the rest is as in :class:`~reviewbook.review.rules.Rules`.
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
        """Return the change for ``Rules.but``; `any_population` are all denominators there are."""
        named = {name: value for name, value in self if value is not None}
        if self.published_by == "":
            named["published_by"] = None
        if self.populations == ("any",):
            named["populations"] = any_population
        return named


class Multiverse(Setting):
    """The choices of rules that the multiverse combines; the others have two levels each.

    Publication windows end `months_before` the last day of the primary set (at the end of a month;
    0 is the day itself); one more window is open to today.
    """

    months_before: Some[NonNegativeInt] = (0,)
    min_patients: Some[PositiveInt] = (1,)
    statuses: Table[Some[str]] = Field(default_factory=lambda: MappingProxyType({"all": STATUSES}))
    denominators: Table[Change] = Field(
        default_factory=lambda: MappingProxyType({"preferred": Change()})
    )


class BetweenPrior(Setting):
    """A prior of the standard deviation between cohorts, on the logit scale.

    `scale` is the scale of its family; of a uniform one the upper end.
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

    `mean` is that of the pooled log odds; those `between` cohorts are compared with each other, and
    the text quotes the `default` one.
    """

    default: str = "HN1"
    mean: Normal = Field(default_factory=lambda: Normal(mean=0.0, sd=2.0))
    between: Table[BetweenPrior] = Field(
        default_factory=lambda: MappingProxyType(
            {"HN1": BetweenPrior(family="half-normal", scale=1.0)}
        )
    )


class Certainty(Setting):
    """The stated rule for certainty, after GRADE for prognosis; each number has its reason there.

    Certainty of how often an outcome follows starts at `start_rate` of four levels (4 is high, 1
    very low), that of an effect at `start_effect`. `risk_of_bias` levels are taken for bias that
    could not be judged. Of an effect, `unidentified` are taken where no design identifies it, and
    `unclear_ratio` where a pooled ratio has an interval that holds 1, or none can be formed.
    `indirect` is the share of patients in counts that are a bound, of a part
    of those infused, or of no stated time, from which one level is taken. Each of the other domains
    takes one level from its first threshold on, and two from its second: `inconsistency`, width of
    the range for a new cohort; `imprecision`, width of the interval; `unread`, share of the
    patients of the set whose count could not be read. With fewer than `fewest_patients` one level
    is taken for imprecision in any case. `step` is by how much a threshold is moved to see what
    would change.
    """

    start_rate: Level
    start_effect: Level
    risk_of_bias: NonNegativeInt
    unidentified: NonNegativeInt
    unclear_ratio: NonNegativeInt
    indirect: Share
    inconsistency: tuple[Share, Share]
    imprecision: tuple[Share, Share]
    fewest_patients: PositiveInt
    unread: tuple[Share, Share]
    step: PositiveFloat


class Finding(Setting):
    """An outcome of the summary of findings; `part` names the group of a split further outcome.

    `label` takes the place of the label of the outcome; `icons` gives it an array of 100 icons.
    """

    outcome: str
    part: str = ""
    label: str = ""
    icons: bool = False


class ImmortalTime(Setting):
    """What the simulation of immortal time assumes.

    `spread` is the standard deviation of the logarithm of the time to exposure; the landmark
    analysis starts at `landmark_ratio` times its median. Comparisons with fewer than
    `fewest_patients` are not simulated. `medians` of the time to exposure, in months, stand beside
    the one that a report prints, and `shown` is drawn with it. `shapes` are Weibull shapes of the
    event times; figures show the first.
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

    No kinds of publication but `peer_reviewed_types` are peer-reviewed. `arms_outside_cohort` of
    ``survival.csv`` are no part of their cohort; totals of `populations_beyond_infused` may exceed
    the patients infused. Of two `nested_outcomes` in the same patients, the
    first cannot have more events than the second. The parts of a cohort agree with the column
    `parts_by`; see :class:`Part`. `ready_made_sets` are yes/no columns of ``cohorts.csv`` that
    choose cohorts sharing no patients; a day there asks for a peer-reviewed report published by it.
    """

    peer_reviewed_types: tuple[str, ...] = ()
    arms_outside_cohort: tuple[str, ...] = ()
    populations_beyond_infused: tuple[str, ...] = ()
    nested_outcomes: tuple[tuple[str, str], ...] = ()
    parts_by: str = ""
    ready_made_sets: Table[Day] = EMPTY


class Analysis(Setting):
    """What the book stands behind, and what it shows beside it.

    The printed values are held against the pools of `comparison_recipe`. Printed survival follows
    the rules of `survival_set`. `subgroups` are the groups that tables show, in order. Further
    outcomes are pooled in `further_set` where at least `fewest_cohorts` give one. `sister_reviews`
    of ``other_reviews.csv`` ask the article's question.
    """

    primary_set: str
    primary_recipe: str
    comparison_recipe: str
    alternative_recipes: tuple[str, ...] = ()
    survival_set: str = ""
    subgroups: tuple[str, ...] = ()
    further_set: str = ""
    fewest_cohorts: PositiveInt = 3
    sister_reviews: tuple[str, ...] = ()


class Review(Analysis):
    """The settings of a review; tables are by identifier, in the order of the file.

    `further_outcomes` are questions that the article does not pool, each counted in one of the
    `windows`; `outcomes` are those it does.

    `article` is what the review re-examines; a review of one table of studies has none. `root` is
    the folder that holds ``data/``. `labels` are names of recipes where the settings have
    one; see :attr:`recipe_labels`. `characteristics` are further columns of ``cohorts.csv`` with
    their heads in the table of characteristics ("": not shown). `topics` are those of
    ``claims.csv`` that are not outcomes, and `claims` what its values add up to; `rules_commit` set
    the rules by which they are judged. `overlap_names` are words for overlap groups. `directions`,
    `endpoints`, `arms` and `other_outcomes` are words for identifiers in the tables, and
    `directions_evidence` is what may decide a direction.
    `variants` change the rules of the primary set one at a time. `redirects` lead from former pages
    to the pages there are now. `base_url` is the address of the published book, empty as long as it
    has none; `key` begins every citation key (empty: made from the title).
    """

    root: Annotated[Path, Field(strict=False)]
    title: Name
    subtitle: str
    version: Version
    language: Language
    license: Licence
    base_url: Address = ""
    key: CitationKey = ""
    authors: Some[Name]
    article: Article | None = None
    outcomes: Some[Outcome]
    windows: Table[Window] = EMPTY
    further_outcomes: tuple[FurtherOutcome, ...] = ()
    groups: Table[Group] = EMPTY
    parts: Table[Part] = EMPTY
    characteristics: Table[str] = EMPTY
    sets: Annotated[Table[AnalysisSet], Field(min_length=1)]
    recipes: Annotated[Table[Recipe], Field(min_length=1)]
    labels: Table[Name]
    topics: Table[Topic] = EMPTY
    claims: tuple[Claim, ...] = ()
    rules_commit: str = ""
    directions: Table[str] = EMPTY
    directions_evidence: Table[DirectionEvidence] = EMPTY
    endpoints: Table[Endpoint] = EMPTY
    arms: Table[str] = EMPTY
    other_outcomes: Table[str] = EMPTY
    variants: Table[Change] = EMPTY
    multiverse: Multiverse = Field(default_factory=Multiverse)
    priors: Priors = Field(default_factory=Priors)
    immortal_time: ImmortalTime | None = None
    certainty: Certainty | None = None
    summary: tuple[Finding, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    overlap_names: Table[str] = EMPTY
    checks: Checks = Field(default_factory=Checks)
    redirects: Table[str] = EMPTY

    @property
    def examined(self) -> Article:
        """The article under re-examination.

        Raises
        ------
        ValueError
            When the review re-examines none.
        """
        if self.article is None:
            raise ValueError("the review re-examines no article: its settings name none")
        return self.article

    @property
    def printed_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes on which the article prints something."""
        return tuple(outcome for outcome in self.outcomes if outcome.topic)

    @property
    def every_outcome(self) -> Mapping[str, Outcome]:
        """The outcomes and the further outcomes, by identifier."""
        return {outcome.id: outcome for outcome in (*self.outcomes, *self.further_outcomes)}

    @property
    def recipe_labels(self) -> Mapping[str, str]:
        """Name of each recipe in tables."""
        return {name: self.labels.get(name, one.label) for name, one in self.recipes.items()}

    @property
    def article_set(self) -> AnalysisSet | None:
        """The set that is a study table of the article; None where the settings have none."""
        return next((one for one in self.sets.values() if one.table is not None), None)

    def outcome(self, name: str) -> Outcome:
        """Return the outcome with this id or topic, or the further outcome with this id."""
        pooled = {outcome.topic: outcome for outcome in self.outcomes}
        return _named("outcome", pooled | dict(self.every_outcome), name)

    def further_outcome(self, name: str) -> FurtherOutcome:
        """Return the further outcome with this id."""
        return _named("further outcome", {one.id: one for one in self.further_outcomes}, name)

    @property
    def every_topic(self) -> Mapping[str, Topic | Outcome]:
        """What has the label and the chapter of each topic of ``claims.csv``."""
        return {one.topic: one for one in self.printed_outcomes} | dict(self.topics)

    def topic(self, name: str) -> Topic | Outcome:
        """Return what has the label and the chapter of a topic of ``claims.csv``."""
        return _named("topic", self.every_topic, name)

    def claim(self, name: str) -> Claim:
        """Return the claim with this id."""
        return _named("claim", {claim.id: claim for claim in self.claims}, name)

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
