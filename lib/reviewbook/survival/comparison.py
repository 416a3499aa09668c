"""A comparison of two arms, and the comparisons of an endpoint, with where they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from metaprop import Interval
from reviewbook.words.origin import LeftOut, Origin, Row, Source, trace

from .printed import Arm

_ARM_UNITS = {"n": "patients", "events": "patients", "survival": "proportion", "low": "proportion",
              "high": "proportion"}  # fmt: skip
_UNITS = {
    "time_months": "months",
    "pvalue": "p",
    **{f"{side}.{name}": unit for side in ("better", "worse") for name, unit in _ARM_UNITS.items()},
}
_WORDS = {
    "ratio": "",
    "at_one_time": " from survival at one time",
    "all_events": " had every patient an event",
}
_LIMITS = {"estimate": "", "low": ", lower limit", "high": ", upper limit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two arms of one cohort.

    Attributes
    ----------
    report_id, report_name, cohort_id, label, citation_key, publication_date : str
    endpoint : str
    measure : str
        ``hazard ratio`` or ``odds ratio``, of better to worse: below 1 as claimed.
    time_months : float or None
        Time of the printed survival; None for counts at the data cut.
    better, worse : Arm
    ratio : Interval
        From the printed p-value where there is one that gives a ratio, else from printed survival
        at one time; an odds ratio from counts.
    pvalue : float
        The printed one where the ratio is from it, else that of the ratio.
    printed_p : str
        p-value the report prints for the two arms.
    log_ratio, se : float or None
        None for an odds ratio, whose limits are exact.
    at_one_time : Interval or None
        Hazard ratio from survival at the time shown.
    all_events : Interval or None
        Ratio from the printed p-value had every patient an event, the most there can be; `ratio`
        takes the fewest, those by the printed time. None where it is not from a p-value.
    counts : tuple of int or None
        Events and patients of better, then of worse; None for a hazard ratio.
    approximate : bool
        A standard error rests on the number of patients.
    notes : tuple of str
    rows : tuple of Row
        What it was computed from: the rows of both arms.
    origin : Origin or None
        How it is made, once it is one of :class:`Comparisons` that have a name; its numbers then
        have an origin each.
    """

    report_id: str
    report_name: str
    cohort_id: str
    label: str
    citation_key: str
    publication_date: str
    endpoint: str
    measure: str
    time_months: float | None
    better: Arm
    worse: Arm
    ratio: Interval
    pvalue: float
    printed_p: str
    log_ratio: float | None = None
    se: float | None = None
    at_one_time: Interval | None = None
    all_events: Interval | None = None
    counts: tuple[int, int, int, int] | None = None
    approximate: bool = False
    notes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    origin: Origin | None = None

    @property
    def n(self) -> int:
        """Patients of both arms, 0 where a number is not printed."""
        return (self.better.n or 0) + (self.worse.n or 0)


class Comparisons(tuple[Comparison, ...]):
    """The comparisons of an endpoint, in the order of publication.

    Attributes
    ----------
    set_id : str
        The set whose rules chose their rows.
    left_out : tuple of LeftOut
        What the set or shared patients kept out, and why.
    origin : Origin or None
        How they are made, where they have a name.
    """

    set_id: str
    left_out: tuple[LeftOut, ...]
    origin: Origin | None

    def __new__(
        cls, found: Iterable[Comparison] = (), set_id: str = "", left_out: Iterable[LeftOut] = ()
    ) -> Comparisons:
        """Make comparisons without a name."""
        self = super().__new__(cls, found)
        self.set_id, self.left_out, self.origin = set_id, tuple(left_out), None
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        """Return what a copy is made of."""
        return tuple(self), self.set_id, self.left_out

    def of(self, cohort_id: str) -> Comparison:
        """Return the comparison of a cohort, of which there is one.

        Raises
        ------
        KeyError
            When the cohort has none.
        """
        for one in self:
            if one.cohort_id == cohort_id:
                return one
        own = ", ".join(one.cohort_id for one in self)
        raise KeyError(f"a cohort with a comparison was expected ({own}), got {cohort_id!r}")

    def named(self, expression: str, event: str, imports: tuple[str, ...]) -> Comparisons:
        """Return the comparisons with an origin in each of their numbers.

        Parameters
        ----------
        expression : str
            Python that makes them from `book`.
        event : str
            What the ratios are of: ``death``.
        imports : tuple of str
            Lines that the expression needs.
        """

        def told(one: Comparison) -> Comparison:
            what = f"{one.measure}, {event}, {one.label}"
            origin = Origin(
                expression=f"{expression}.of({one.cohort_id!r})",
                what=what,
                sources=(Source(set_id=self.set_id, rows=one.rows),),
                imports=imports,
            )
            named = {
                f"{ratio}.{part}": f"{what}{said}{limit}"
                for ratio, said in _WORDS.items()
                for part, limit in _LIMITS.items()
            }
            return replace(trace(one, origin, units=_UNITS, named=named), origin=origin)

        made = Comparisons(map(told, self), self.set_id, self.left_out)
        rows = tuple(dict.fromkeys(row for one in self for row in one.rows))
        measures = ", ".join(dict.fromkeys(one.measure for one in self))
        source = Source(set_id=self.set_id, rows=rows, left_out=self.left_out)
        made.origin = Origin(expression, f"{measures}, {event}", "", (source,), imports)
        return made

    def told(self, value: Any, form: str, what: str = "", unit: str = "") -> Any:
        """Return a number made of all of them; `form` makes it of their expression.

        Parameters
        ----------
        what, unit : str
            As of an origin; without `what` the measure and the event.
        """
        if self.origin is None:
            return value
        expression = form.format(self.origin.expression)
        own = replace(self.origin, expression=expression, what=what or self.origin.what, unit=unit)
        return trace(value, own)

    def _what(self, counted: str) -> str:
        return f"{counted} ({self.origin.what})" if self.origin else counted

    @property
    def cohorts(self) -> int:
        """How many there are, a cohort each."""
        number: int = self.told(len(self), "len({})", "cohorts compared", "cohorts")
        return number

    @property
    def number(self) -> int:
        """How many there are, as comparisons."""
        number: int = self.told(len(self), "{}.number", self._what("comparisons"), "comparisons")
        return number

    @property
    def toward(self) -> int:
        """How many have a ratio below 1, as claimed."""
        number = sum(one.ratio.estimate < 1 for one in self)
        told: int = self.told(number, "{}.toward", self._what("comparisons below 1"), "comparisons")
        return told
