"""What ``results.json`` holds: every pooled result, verdict and certainty, with what it came from.

The classes are the format; :func:`schema_of` states it as a JSON Schema. Proportions are fractions,
dates ISO days. ``null`` is where something does not exist, or is no finite number.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from reviewbook.citation.provenance import commit, edition_date
from reviewbook.review.settings import Review

FORMAT: Final = "reviewbook-results-1"
"""Changed when a reader of an older file would read a newer one wrongly."""
RESULTS, SCHEMA = "results.json", "results.schema.json"
"""Names of the two files in the root of a site."""


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Part):
    """A file in the root of a site."""

    def text(self) -> str:
        """Return it as the bytes of a file have it: the same for the same results."""
        plain = self.model_dump(mode="json")
        return json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


class Range(Part):
    """An estimate with its limits."""

    estimate: float | None
    low: float | None
    high: float | None


class Source(Part):
    """The state of the sources that were run."""

    commit: str = Field(description="Full hash; 'unknown' outside a clone.")
    uncommitted: bool | None = Field(description="Whether files differed from it; null: not known.")
    date: str = Field(description="Day of the edition, never that of a build.")
    version: str

    @classmethod
    def of(cls, review: Review) -> Source:
        """Return the state of the folder of a review."""
        state = commit(review.root)
        return cls(
            commit=state.sha,
            uncommitted=state.dirty,
            date=edition_date(review.root),
            version=review.version,
        )


class DataFile(Part):
    """A file of ``data/``."""

    name: str
    sha256: str


class SetOfCohorts(Part):
    """An analysis set: rules, or a study table that is pooled as it is."""

    id: str
    label: str
    rules: dict[str, Any] | None
    table: str | None


class Input(Part):
    """One cohort of a pool with the count that entered."""

    cohort_id: str
    label: str
    row: str = Field(description="File and key of the row: columns of its key, joined by '|'.")
    report_id: str
    events: int
    total: int
    bound: str
    population: str
    timepoint: str
    phase: str
    status: str


class Estimate(Part):
    """What one recipe makes of the counts of a pool."""

    proportion: Range | None
    working: Range = Field(description="On the scale of the recipe.")
    se: float | None
    tau2: float | None
    i2: float | None
    q: float | None
    q_df: int
    q_pvalue: float | None
    weights: list[float] = Field(description="In the order of the inputs; they sum to 1.")
    converged: bool


class Reason(Part):
    """Levels of certainty taken for one reason."""

    name: str
    lowered: int
    value: float | None
    reason: str


class Certainty(Part):
    """How sure a pooled proportion is, by the stated rule of the settings."""

    level: int = Field(ge=1, le=4)
    word: str
    start: int
    reasons: list[Reason]


class Pool(Part):
    """The pools of one outcome in one set, or of a group of its cohorts."""

    id: str = Field(description="set/outcome, then /part or /column=group.")
    kind: Literal["outcome", "further outcome", "subgroup"]
    set: str
    outcome: str
    label: str
    group: str = Field(description="Group of cohorts; empty: all of them.")
    k: int
    events: int
    total: int
    inputs: list[Input]
    estimates: dict[str, Estimate] = Field(description="By recipe; empty where nothing is pooled.")
    why_not: str = Field(description="Why there is no pool, or no estimate by a recipe.")
    per_100: Range | None = Field(description="Of 100 patients, averaged over cohorts.")
    new_cohort: Range | None = Field(description="Where the rate of a new cohort is expected.")
    certainty: Certainty | None


class Unread(Part):
    """A cohort of the set whose count could not be read."""

    cohort_id: str
    size: int
    at_least: int


class Comparison(Part):
    """Two arms of one cohort, from what its report prints."""

    endpoint: str
    cohort_id: str
    report_id: str
    measure: str
    time_months: float | None
    ratio: Range
    pvalue: float | None
    better: dict[str, Any]
    worse: dict[str, Any]


class PooledRatio(Part):
    """The ratios of an endpoint, pooled; the only one where there is one."""

    endpoint: str
    ratio: Range


class Direction(Part):
    """What is found on a claimed direction."""

    direction: str
    effect: str
    toward: int
    compared: int
    identified: bool
    ratios: list[PooledRatio]
    comparisons: list[Comparison]


class Claim(Part):
    """A claim of the article against one set."""

    id: str = Field(description="set/claim.")
    set: str
    claim: str
    kind: Literal["proportion", "direction", "statement"]
    text: str
    verdict: str = Field(description="Empty for a direction, which gets findings.")
    counts_read_alone: str = Field(description="Verdict of the counts read, without the unread.")
    reason: str
    printed: Range | None = Field(description="As the article prints it.")
    pool: str | None = Field(description="The pool it is held against.")
    unread: list[Unread] | None = Field(description="null: none are asked, or one of unknown size.")
    share: float | None = Field(description="Of predicted completions, those in which it holds.")
    direction: Direction | None


class Results(Document):
    """The document."""

    format: Literal["reviewbook-results-1"]
    title: str
    article: str | None = Field(
        description="DOI of the article under re-examination; none in a review of its own."
    )
    source: Source
    data: list[DataFile]
    primary_set: str
    primary_recipe: str
    comparison_recipe: str
    recipes: dict[str, dict[str, Any]]
    sets: list[SetOfCohorts]
    pools: list[Pool]
    claims: list[Claim]

    def pool(self, name: str) -> Pool:
        """Return the pool with this id."""
        for pool in self.pools:
            if pool.id == name:
                return pool
        raise ValueError(f"no pool {name!r}; there are {', '.join(pool.id for pool in self.pools)}")


def schema_of(document: type[Document], name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document; `name` is that of its file."""
    described = document.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **described}


def schema_text(document: type[Document], name: str) -> str:
    """Return the schema as the bytes of its file."""
    return json.dumps(schema_of(document, name), ensure_ascii=False, indent=1) + "\n"
