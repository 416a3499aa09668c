"""Numbers into text: the only place where a figure becomes words.

Rounding is done here and nowhere else. A number is rounded as a reader would do it by hand: half
away from zero, on its decimal notation. Binary noise is removed first (12 significant digits are
kept), so that 0.145 × 100 is 14.5 and not 14.499999999999998.

Ordinary spaces are used throughout, so that any printed phrase can be found by searching for it;
only the minus sign (U+2212) and the separator of thousands (U+202F, narrow no-break space) are
typographic.

Proportions and I² come in as fractions and go out in percent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .marked import mark, numbers_of, unmark
from .origin import described, origin_of, traced

# Breaking white space only: str.split() would also undo narrow and no-break spaces.
_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>$~|^&#@!])")
_BLOCK = re.compile(r"^((?=[-+]\s|:::)|\d+(?=[.)]\s))")

MINUS = "\u2212"
THOUSANDS = "\u202f"
SIGNIFICANT = 12
MOST_DIGITS = 9
"""More decimals of a percentage than these are printed nowhere."""

VERDICTS = {
    "reproduced": "✓",
    "compatible": "≈",
    "not reproduced": "≠",
    "cannot decide": "?",
    "not checkable": "–",
}
"""The verdicts, and the symbol each is shown with."""

BOUNDS = {"": "", "lower": "≥", "upper": "≤"}
"""What the column ``bound`` of a count says, and the sign it is shown with."""

_VERDICTS_ZH = {
    "reproduced": "已重现",
    "compatible": "相容",
    "not reproduced": "未重现",
    "cannot decide": "无法判定",
    "not checkable": "无法核验",
}


ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
"""An address of the web: http or https, and the characters of RFC 3986 alone. Others, such as a
blank, ``<`` or a letter with an accent, are percent-encoded in it."""
FORMULA = re.compile(r"[=@\t\r]|[+-](?!/)")
"""How a text begins that a spreadsheet takes for a formula; ``+/-30%`` is none."""


UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ue000-\uf8ff]"
)
"""Characters that nobody sees: controls, turns of the direction of writing, and private ones, of
which :mod:`reviewbook.words.marked` makes use."""


MIME = "application/vnd.reviewbook.phrase+json"
"""A phrase whose numbers say where they come from."""


class Phrase(str):
    """Text whose `repr` is the text itself: an inline ``{eval}`` shows it without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return unmark(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the text and, where its numbers are marked, what the page says of each."""
        plain = {"text/plain": unmark(self)}
        numbers = numbers_of(self)
        if not numbers:
            return plain
        told = {name: described(*number) for name, number in numbers.items()}
        return plain | {MIME: {"text": str(self), "numbers": told}}


class Estimate(Protocol):
    """Anything with an estimate and two limits, any of which may be missing."""

    @property
    def estimate(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102


@runtime_checkable
class _HasProportion(Protocol):
    """A pooled result, which holds its proportion and the recipe with the level."""

    @property
    def proportion(self) -> Estimate | None: ...


def rounded(value: float, digits: int = 0) -> Decimal:
    """Round half away from zero on the decimal notation of `value`.

    Parameters
    ----------
    value : float
        A finite number.
    digits : int
        Decimals to keep, 0 or more.

    Returns
    -------
    Decimal
        With exactly `digits` decimals; never a negative zero.

    Raises
    ------
    ValueError
        When `value` is not finite or `digits` is negative.
    """
    if digits < 0:
        raise ValueError(f"digits must be 0 or more, got {digits}")
    if not math.isfinite(value):
        raise ValueError(f"a number in text must be finite, got {value!r}")
    exact = Decimal(format(float(value), f".{SIGNIFICANT}g"))
    result = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def in_percent(value: float, digits: int = 0) -> Decimal:
    """Return the fraction `value` in percent, rounded by :func:`rounded`."""
    return rounded(float(Decimal(format(float(value), f".{SIGNIFICANT}g")) * 100), digits)


def prints_as(values: ArrayLike, printed: float, digits: int) -> NDArray[np.bool_]:
    """Say which fractions print, in percent with `digits` decimals, as `printed` does.

    Parameters
    ----------
    values : array_like
        Fractions.
    printed : float
        The printed value as a fraction.
    digits : int
        Decimals of the printed percentage.

    Notes
    -----
    Half away from zero on the decimal notation, binary noise removed at 12 significant digits, as
    :func:`in_percent`.
    """
    units = 100.0 * 10.0**digits
    scaled = np.asarray(values, dtype=np.float64) * units
    magnitude = np.floor(np.log10(np.maximum(np.abs(scaled), 1e-300)))
    places = np.clip(11.0 - magnitude, 0.0, 300.0)
    # Below 1e-3 of a unit rounding is to 0 whatever the noise.
    cleaned = np.where(
        np.abs(scaled) < 1e-3, 0.0, np.round(scaled * 10.0 ** np.minimum(places, 15.0))
    ) / 10.0 ** np.minimum(places, 15.0)
    rounded = np.sign(cleaned) * np.floor(np.abs(cleaned) + 0.5)
    result: NDArray[np.bool_] = rounded == round(printed * units)
    return result


def number(value: float, digits: int = 2) -> Phrase:
    """Return a number with `digits` decimals, a proper minus and separated thousands."""
    text = f"{rounded(value, digits):,}".replace(",", THOUSANDS)
    return Phrase(mark(text.replace("-", MINUS), value))


def percent(value: float, *, digits: int = 0) -> Phrase:
    """Return a fraction as percent: ``percent(0.873)`` is ``87%``."""
    return Phrase(mark(f"{in_percent(value, digits)}%".replace("-", MINUS), value))


def interval(what: Estimate | _HasProportion, *, digits: int = 0) -> Phrase:
    """Return an estimate with its interval: ``87% (95% CI 80 to 94)``.

    Parameters
    ----------
    what : Pooled, Interval or Claims
        A pooled result (its proportion and its own level are used), a 95 % interval of fractions,
        or printed values. Printed values come without a level, since the article prints none.
    digits : int
        Decimals of the percentages; printed values keep their own.
    """
    return _interval(what, "{estimate} ({level}CI {low} to {high})", digits=digits)


def credible(what: Estimate) -> Phrase:
    """Return a posterior median with its interval: ``84% (95% credible interval 76 to 91)``."""
    return _interval(what, "{estimate} ({level}credible interval {low} to {high})")


def interval_zh(what: Estimate | _HasProportion) -> Phrase:
    """Return :func:`interval` for Chinese text: ``87%（95% CI 80%～94%）``."""
    return _interval(what, "{estimate}（{level}CI {low}%～{high}%）", missing="未刊出")


def per_100(what: Estimate) -> Phrase:
    """Return patients of 100 with their interval: ``83 of 100 patients (95% CI 76 to 88)``."""
    values = (what.estimate, what.low, what.high)
    if None in values:
        raise ValueError(f"an estimate with both limits was expected, got {values}")
    estimate, low, high = (number(value, 0) for value in values if value is not None)
    return Phrase(f"{estimate} of 100 patients (95% CI {low} to {high})")


def frequency(share: float) -> Phrase:
    """Return a proportion as one would say it: ``about 8 in 10``, ``fewer than 1 in 20``.

    Parameters
    ----------
    share : float
        A fraction.
    """
    if share >= 0.95:
        return Phrase(mark("nearly everyone", share))
    if share < 0.05:
        return Phrase(mark("fewer than 1 in 20", share))
    if share < 0.15:
        return Phrase(f"about {mark(f'1 in {rounded(1 / share)}', share)}")
    return Phrase(f"about {mark(f'{rounded(10 * share)} in 10', share)}")


def limits(what: Estimate, *, digits: int = 0) -> Phrase:
    """Return the limits of an interval of fractions: ``58% to 96%``."""
    if what.low is None or what.high is None:
        raise ValueError(f"an interval with both limits was expected, got {what!r}")
    return Phrase(f"{percent(what.low, digits=digits)} to {percent(what.high, digits=digits)}")


def digits_of(what: Estimate) -> int:
    """Return how many decimals of a percentage an interval of fractions can carry.

    The fewest whose last place is at most a quarter of the width of the interval, and with which
    the estimate reads as 0% or 100% only where it is: 0 for 87% (80 to 94), 1 for 45.3% (45.1 to
    45.5), 3 for 0.008% (0.002 to 0.023). At most :data:`MOST_DIGITS`.
    """
    if what.estimate is None or what.low is None or what.high is None:
        raise ValueError(f"an estimate with both limits was expected, got {what!r}")
    width, certain = 100 * (what.high - what.low), what.estimate in (0, 1)

    def tells(digits: int) -> bool:
        told = certain or in_percent(what.estimate or 0.0, digits) not in (0, 100)
        return told and 10.0**-digits <= max(width / 4, 10.0**-MOST_DIGITS)

    if width == 0 and certain:
        return 0
    return next((digits for digits in range(MOST_DIGITS) if tells(digits)), MOST_DIGITS)


def _interval(
    what: Estimate | _HasProportion, form: str, *, digits: int = 0, missing: str = "not printed"
) -> Phrase:
    """Return an estimate with its limits and level (none where it is unknown) in a form."""
    if isinstance(what, _HasProportion):
        if what.proportion is None:
            raise ValueError("the pooled result holds no proportion: study sizes were not given")
        level = f"{percent(getattr(getattr(what, 'recipe', None), 'level', 0.95))} "
        values = what.proportion
    else:
        level, values = "95% ", what
    printed_digits = getattr(values, "digits", None)
    if isinstance(printed_digits, Mapping):  # printed values: their decimals, and no level
        level, digits = "", int(printed_digits.get("pooled_proportion", digits))
    if values.estimate is None:
        return Phrase(missing)
    estimate = percent(values.estimate, digits=digits)
    if values.low is None or values.high is None:
        return estimate
    low, high = _bare(values.low, digits), _bare(values.high, digits)
    return Phrase(form.format(estimate=estimate, level=level, low=low, high=high))


def _bare(value: float, digits: int = 0) -> str:
    """Return a fraction in percent without the sign."""
    return mark(f"{in_percent(value, digits)}".replace("-", MINUS), value)


def per_hundred(what: Estimate) -> Phrase:
    """Return how many of 100 patients it concerns: ``about 17 of 100 (95% CI 11 to 26)``."""
    if what.estimate is None or what.low is None or what.high is None:
        raise ValueError(f"an estimate with both limits was expected, got {what!r}")
    estimate, low, high = (_bare(v) for v in (what.estimate, what.low, what.high))
    return Phrase(f"about {estimate} of 100 (95% CI {low} to {high})")


def pvalue(p: float, *, digits: int | None = None) -> Phrase:
    """Return a p-value: ``p = 0.12``, ``p = 0.034``, ``p < 0.001``.

    Two decimals from 0.1 on, three below, unless `digits` says otherwise. A value that would round
    to 0 or to 1 is given as a bound.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"a p-value lies between 0 and 1, got {p!r}")
    places = digits if digits is not None else (2 if p >= 0.0995 else 3)
    value = rounded(p, places)
    step = Decimal(1).scaleb(-places)
    if value < step:
        return Phrase(f"p {mark(f'< {step}', p)}")
    if value > 1 - step:
        return Phrase(f"p {mark(f'> {1 - step}', p)}")
    return Phrase(f"p = {mark(str(value), p)}")


def i2(value: float) -> Phrase:
    """Return I² (a fraction) in percent: ``i2(0.2965)`` is ``30%``."""
    return percent(value)


def tau2(value: float) -> Phrase:
    """Return a between-study variance on its working scale: ``0.312``, ``< 0.001``, or ``0``."""
    if value == 0:
        return Phrase(mark("0", value))
    return Phrase(mark("< 0.001", value)) if rounded(value, 3) == 0 else number(value, 3)


def ratio(what: Iterable[float]) -> Phrase:
    """Return a ratio with its 95 % interval: ``0.34 (95% CI 0.17 to 0.68)``."""
    estimate, low, high = map(number, what)
    return Phrase(f"{estimate} (95% CI {low} to {high})")


def count(n: int, noun: str, plural: str | None = None) -> Phrase:
    """Return a number of things: ``12 cohorts``, ``1 study``."""
    if plural is None:
        consonant_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
        plural = f"{noun[:-1]}ies" if consonant_y else f"{noun}s"
    return Phrase(f"{number(whole(n), 0)} {noun if int(n) == 1 else plural}")


def counts(events: int, total: int, *, bound: str = "") -> Phrase:
    """Return events of patients: ``165/199``; a bound has its sign, ``≥47/60``.

    Parameters
    ----------
    bound : {"", "lower", "upper"}
        "lower" when there may be more events than counted, "upper" when there may be fewer.
    """
    if bound not in BOUNDS:
        raise ValueError(f"bound must be one of {', '.join(map(repr, BOUNDS))}; got {bound!r}")
    first, second = mark(str(int(events)), events), mark(str(int(total)), total)
    return Phrase(f"{BOUNDS[bound]}{first}/{second}")


def of(events: int, total: int) -> Phrase:
    """Return events of patients in a sentence: ``18 of 20``."""
    return Phrase(f"{mark(str(int(events)), events)} of {mark(str(int(total)), total)}")


def plain_number(value: float) -> Phrase:
    """Return a number as Python prints it, without zeros at its end: ``6``, ``12.5``, ``0.05``."""
    return Phrase(mark(f"{value:g}", value))


def whole(n: float) -> int:
    """Return a whole number as an int, with its origin where it has one."""
    if isinstance(n, int):
        return n
    origin, number = origin_of(n), int(n)
    # What was cut off is another number than the origin makes.
    kept: int = traced(number, origin) if origin and number == n else number
    return kept


def join(parts: Iterable[object], *, last: str = "and") -> Phrase:
    """Return a list as text: ``a, b and c``."""
    items = [str(part) for part in parts]
    if len(items) < 2:
        return Phrase("".join(items))
    return Phrase(f"{', '.join(items[:-1])} {last} {items[-1]}")


BESIDE = " · "
"""Stands between who and when and the name of a cohort in its label."""


def spoken(label: str) -> str:
    """Return the label of a cohort as it reads in a sentence: its name, then who and when.

    ``Pan 2021 · Boren donor-derived, phase I`` becomes ``Boren donor-derived, phase I (Pan 2021)``.
    A label without the dot is returned as it is.
    """
    who, dot, name = label.partition(BESIDE)
    return f"{name} ({who})" if dot else label


def one_line(text: str) -> str:
    """Return text with its breaking white space as single blanks, and none at the ends."""
    return _SPACE.sub(" ", text).strip(" \t\n\r\f\v")


def escape(text: str) -> str:
    """Return `text` as MyST that shows exactly these characters, on one line."""
    safe = _SPECIAL.sub(r"\\\1", one_line(str(text)))
    if safe.startswith("%"):  # begins a comment
        safe = "&#37;" + safe[1:]
    # A text that begins like a list or a block would become one: its mark, or what follows the
    # number of a list, is escaped.
    return _BLOCK.sub(r"\1\\", safe)


def capital(text: str) -> str:
    """Return text with a capital at its start."""
    return f"{text[:1].upper()}{text[1:]}"


def within_sentence(label: str) -> Phrase:
    """Return a label as it reads inside a sentence: ``Complete remission`` begins small.

    Only the first letter changes, and only before a small one: ``ICANS`` and ``B-cells`` stay.
    """
    return Phrase(label[:1].lower() + label[1:] if label[1:2].islower() else label)


def verdict(value: str) -> Phrase:
    """Return a verdict as its chip reads: ``✓ reproduced``."""
    return Phrase(f"{_symbol(value)} {value}")


def verdict_zh(value: str) -> Phrase:
    """Return a verdict for Chinese text: ``✓ 已重现``."""
    return Phrase(f"{_symbol(value)} {_VERDICTS_ZH[value]}")


def _symbol(value: str) -> str:
    if value not in VERDICTS:
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}; got {value!r}")
    return VERDICTS[value]


def heterogeneity(pooled: Any, i2_interval: Iterable[float] | None = None) -> Phrase:
    """Say in one sentence how far the cohorts differ beyond chance.

    Parameters
    ----------
    pooled : Pooled
        A result with ``k i2 q q_df q_pvalue``.
    i2_interval : Interval, optional
        Interval of I², in fractions.
    """
    k = pooled.k
    if k < 2:
        return Phrase("With a single cohort there is nothing to compare.")
    share = percent(pooled.i2)
    limits = ""
    if i2_interval is not None:
        _, low, high = i2_interval
        limits = f" (95% CI {_bare(low)} to {_bare(high)})"
    test = (
        f"Q = {number(pooled.q, 1)} on "
        f"{count(pooled.q_df, 'degree')} of freedom, "
        f"{pvalue(pooled.q_pvalue)}"
    )
    return Phrase(
        f"Of the variation between the {count(k, 'cohort')}, an estimated {share}{limits} is more "
        f"than chance alone would give (I²; {test})."
    )
