"""The settings of a review whose evidence is one table of studies.

A row of the table is a study with its events and its total, for each outcome. There is no article
under re-examination, and nothing is assumed of the subject: what a study and the people in it are
called stands in the settings, ``[words]``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt

from reviewbook import words

from .settings import EMPTY, AnalysisSet, Outcome, Review, Setting, Some, Table, matching

LONGEST = 80
"""Characters of an identifier: pages, files and anchors are named after it."""
_A_FILE = r"[A-Za-z0-9][A-Za-z0-9_-]*\.csv"
_FILE = matching(_A_FILE, "the name of a CSV file in data/")
_FILE_OR_NONE = matching(rf"({_A_FILE})?", 'the name of a CSV file in data/, or "" for none')
_IDENTIFIER = matching(
    rf"(?=.{{1,{LONGEST}}}$)[a-z][a-z0-9]*(_[a-z0-9]+)*",
    f"lower_snake_case of at most {LONGEST} characters, such as full_recovery",
)
_PAGE = matching(r"([A-Za-z0-9_-]{1,120})?", "the name of a file in chapters/, without its suffix")
FileName = Annotated[str, AfterValidator(_FILE)]
Label = Annotated[
    str, AfterValidator(matching(r"[^`\n]*[^`\s][^`\n]*", "words on one line, no backtick"))
]
Identifier = Annotated[str, AfterValidator(_IDENTIFIER)]


class Nouns(Setting):
    """What the pages call a row of the table, and those whom its totals count."""

    study: Label = "study"
    studies: Label = "studies"
    person: Label = "patient"
    people: Label = "patients"

    def count_studies(self, number: int) -> words.Phrase:
        """Return a number of studies: ``14 studies``, ``1 study``."""
        return words.count(number, self.study, self.studies)

    def count_people(self, number: int) -> words.Phrase:
        """Return a number of people: ``326 patients``."""
        return words.count(number, self.person, self.people)


class StudyOutcome(Outcome):
    """An outcome of the table; `event` and `denominator` say what was counted, and in whom.

    Its chapter is ``chapters/outcome-<id>``, with hyphens, unless `chapter` names another one.
    `digits` are the decimals of its percentages; without it there are as many as the interval of
    its pool can carry, see :func:`reviewbook.words.digits_of`.
    """

    id: Identifier
    label: Label
    topic: str = ""
    chapter: Annotated[str, AfterValidator(_PAGE)] = ""
    short: str = ""
    event: str = ""
    denominator: str = ""
    direction: Literal["benefit", "harm"] = "benefit"
    digits: Annotated[int, Field(ge=0, le=words.MOST_DIGITS)] | None = None

    @property
    def page(self) -> str:
        """File name of its chapter, without folder and suffix."""
        return self.chapter or f"outcome-{self.id.replace('_', '-')}"


class StudySet(AnalysisSet):
    """A set of studies: all of them, or those that meet what is asked for.

    A study belongs when its total is `least_total` or more, it is not named in `without`, and its
    value of each column in `only` is one of those listed.
    """

    least_total: PositiveInt = 1
    without: tuple[str, ...] = ()
    only: Table[Some[str]] = EMPTY


class StudyReview(Review):
    """The settings of a review of one table of studies.

    `table` is its file in ``data/``, and `printed` that of published values which
    the pools are held against ("": none). `words` are what studies and people are called, and
    `characteristics` further columns of the table with their heads.
    """

    table: FileName
    printed: Annotated[str, AfterValidator(_FILE_OR_NONE)] = ""
    words: Nouns = Field(default_factory=Nouns)
    outcomes: Some[StudyOutcome]
    sets: Annotated[Table[StudySet], Field(min_length=1)]

    def study_set(self, name: str) -> StudySet:
        """Return the set with this id."""
        found = self.set(name)
        assert isinstance(found, StudySet)
        return found

    def study_outcome(self, name: str) -> StudyOutcome:
        """Return the outcome with this id."""
        found = self.outcome(name)
        assert isinstance(found, StudyOutcome)
        return found
