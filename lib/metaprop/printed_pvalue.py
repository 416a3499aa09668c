"""P-values as articles print them: a number, or a bound such as "<0.001"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

# "<0.001", "P ≤ .05", "> 0,2", "<1e-4": with or without the letter, blanks and the leading zero.
_BOUND = re.compile(
    r"\s*p?\s*([<≤⩽≦>≥⩾≧])\s*([0-9]*[.,·]?[0-9]+(?:e[-−]?[0-9]+)?)\s*", re.IGNORECASE
)
_AS_DIGITS = str.maketrans("·,−", "..-")


@dataclass(frozen=True, slots=True)
class PrintedPvalue:
    """A printed p-value.

    Attributes
    ----------
    value : float
        The number printed, a fraction.
    relation : {"=", "<", ">"}
        Whether the p-value is this number, lies below it, or above it.
    """

    value: float
    relation: str


def read_pvalue(pvalue: object, name: str = "pvalue") -> PrintedPvalue:
    """Read a p-value given as a number, or as a text such as "<0.001" or "> 0.05".

    Raises
    ------
    ValueError
        For anything else, and for numbers outside 0 to 1.
    """
    found, relation = None, "="
    if isinstance(pvalue, str):
        match = _BOUND.fullmatch(pvalue)
        if match:
            relation = "<" if match[1] in "<≤⩽≦" else ">"
            found = float(match[2].translate(_AS_DIGITS))
    elif isinstance(pvalue, Real | Decimal) and not isinstance(pvalue, bool):
        found = float(pvalue)
    if found is None or not 0.0 <= found <= 1.0:
        raise ValueError(
            f"{name} must be a fraction between 0 and 1, or a text such as '<0.001'; got {pvalue!r}"
        )
    return PrintedPvalue(found, relation)
