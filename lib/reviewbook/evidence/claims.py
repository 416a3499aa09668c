"""The printed values of one topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from reviewbook.words.origin import Origin, Row, Source, traced

FRACTION_OF = {"percent": 100.0, "probability": 1.0}


@dataclass(frozen=True, slots=True)
class Claims:
    """What the article prints about a topic.

    Attributes
    ----------
    topic : str
        Topic of ``claims.csv``.
    estimate, low, high, i2, pvalue : float or None
        Pooled proportion, its limits and I² as fractions, p-value of heterogeneity; None where
        not printed.
    values : mapping
        Every number of the topic by quantity; percentages as fractions.
    digits : mapping
        Decimals as printed (in percent for percentages), by quantity.
    """

    topic: str
    estimate: float | None
    low: float | None
    high: float | None
    i2: float | None
    pvalue: float | None
    values: Mapping[str, float]
    digits: Mapping[str, int]


def as_fraction(value: str, unit: str) -> float:
    """Return a printed number as the libraries hold it: percentages as fractions."""
    return float(value) / FRACTION_OF.get(unit, 1.0)


def claims_of(claims: pd.DataFrame, topic: str) -> Claims:
    """Collect the printed values of `topic`.

    Parameters
    ----------
    topic : str
        Of ``claims.csv``; "" for what the article prints nothing on.

    Raises
    ------
    ValueError
        When ``claims.csv`` has no such topic.
    """
    if not topic:
        return Claims("", None, None, None, None, None, MappingProxyType({}), MappingProxyType({}))
    rows = claims[claims["topic"] == topic]
    if rows.empty:
        known = ", ".join(dict.fromkeys(claims["topic"]))
        raise ValueError(f"no printed value has the topic {topic!r}; topics are {known}")
    numbers = rows[rows["kind"] == "number"]
    quantities = [str(quantity) for quantity in numbers["quantity"]]
    printed = map(as_fraction, numbers["value"], numbers["unit"])
    ids = [str(one) for one in numbers["claim_id"]]
    rows_by_id = dict(zip(ids, numbers.to_dict("records"), strict=True))

    def origin(claim_id: str, quantity: str) -> Origin:
        """Return where a printed value stands."""
        row = rows_by_id[claim_id]
        shown = tuple((name, str(row[name])) for name in ("quantity", "value", "unit"))
        what = f"{topic.replace('_', ' ')}, {quantity.replace('_', ' ')}"
        return Origin(
            expression=f"book.claims({topic!r}).values[{quantity!r}]",
            what=f"{what}, as the article prints it",
            unit="proportion" if row["unit"] in FRACTION_OF else str(row["unit"]),
            sources=(Source(topic, rows=(Row("claims.csv", claim_id, shown),)),),
        )

    values = {
        quantity: traced(value, origin(one, quantity))
        for quantity, value, one in zip(quantities, printed, ids, strict=True)
    }
    digits = dict(zip(quantities, map(int, numbers["digits"]), strict=True))
    return Claims(
        topic=topic,
        estimate=values.get("pooled_proportion"),
        low=values.get("ci_low"),
        high=values.get("ci_high"),
        i2=values.get("i2"),
        pvalue=values.get("heterogeneity_p"),
        values=MappingProxyType(values),
        digits=MappingProxyType(digits),
    )
