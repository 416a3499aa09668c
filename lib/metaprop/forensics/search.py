"""Search for the recipes whose output prints given digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from metaprop.pooling import pool
from metaprop.recipe import METHODS, SCALES, Recipe
from metaprop.results import Pooled, Result
from metaprop.studies import read_counts

from .rounding import check_digits, check_fraction, printed_pvalue_range, printed_range

if TYPE_CHECKING:
    import pandas as pd


_CI = ("wald", "t", "hartung-knapp", "hartung-knapp-adhoc")
_OPTIONS = ("scale", "method", "ci", "zeros", "i2", "fixed_below")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedResult(Result):
    """A pooled proportion as an article prints it.

    Attributes
    ----------
    estimate, low, high : float or None
        Pooled proportion and limits, as fractions; None for what is not printed.
    i2 : float or None
        I² as a fraction.
    pvalue : float, str or None
        P-value of Cochran's Q: a fraction, or a text such as "<0.001".
    digits, i2_digits : int
        Decimals of the printed percentages.
    p_digits : int
        Decimals of the printed p-value.

    Examples
    --------
    >>> from metaprop import forensics
    >>> printed = forensics.PrintedResult(estimate=0.87, low=0.8)
    >>> printed.prints("estimate", 0.8749), printed.prints("low", 0.79)
    (True, False)
    """

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    i2: float | None = None
    pvalue: float | str | None = None
    digits: int = 0
    i2_digits: int = 2
    p_digits: int = 2

    def __post_init__(self) -> None:
        for name in ("digits", "i2_digits", "p_digits"):
            check_digits(name, getattr(self, name))
        for name in self.printed:
            if name == "pvalue":
                printed_pvalue_range(self.pvalue, self.p_digits)
            else:
                check_fraction(name, getattr(self, name))
        if not self.printed:
            raise ValueError("nothing is printed: give at least one number")

    @property
    def printed(self) -> tuple[str, ...]:
        """Names of the numbers that are printed."""
        names = ("estimate", "low", "high", "i2", "pvalue")
        return tuple(name for name in names if getattr(self, name) is not None)

    def prints(self, name: str, value: float) -> bool:
        """Whether a computed value prints as the number of this name (ties either way)."""
        if name == "pvalue":
            return value in printed_pvalue_range(self.pvalue, self.p_digits)
        digits = self.i2_digits if name == "i2" else self.digits
        return value in printed_range(getattr(self, name), digits, percent=True)


def all_recipes(*, level: float = 0.95) -> list[Recipe]:
    """List every distinct way to pool: scale × method × interval × zeros rule × I².

    Options that cannot change a result are not varied: the arcsine scales know no correction, and
    FE and DL have one I² only. Stata's switch to the fixed-effect model below three studies
    is left out.

    Parameters
    ----------
    level : float
        Confidence level of all of them.

    Examples
    --------
    >>> from metaprop import forensics
    >>> recipes = forensics.all_recipes()
    >>> recipes[0].label, len(recipes) == len(set(recipes))
    ('raw, FE, Wald', True)
    """
    recipes = []
    for scale, method in product(SCALES, [m for m in METHODS if m not in ("GLMM", "EB")]):
        # EB is PM under another name.
        zeros = {"raw": ("adjust-extreme", "variance-only", "drop")}.get(
            scale, ("adjust-extreme", "drop")
        )
        kinds = ("q",) if method in ("FE", "DL") else ("tau2", "q")
        for ci, rule, i2 in product(_CI, zeros, kinds):
            recipes.append(
                Recipe(scale=scale, method=method, ci=ci, zeros=rule, i2=i2, level=level)
            )
    for ci, i2 in product(("wald", "t", "profile"), ("tau2", "q")):
        recipes.append(
            Recipe(scale="logit", method="GLMM", ci=ci, zeros="none", i2=i2, level=level)
        )
    return recipes


def matching_recipes(
    events: ArrayLike,
    totals: ArrayLike,
    printed: PrintedResult | Mapping[str, Any],
    *,
    recipes: list[Recipe] | None = None,
    labels: ArrayLike | None = None,
    missing: str = "raise",
) -> pd.DataFrame:
    """Compute every recipe and say which of them print the given digits.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients.
    printed : PrintedResult or mapping
        What is printed; a mapping holds the attributes of :class:`PrintedResult`.
    recipes : list of Recipe, optional
        What to try; :func:`all_recipes` when omitted.
    labels, missing
        Names of the studies (the index of a pandas Series when omitted), and what happens to
        incomplete rows; see :func:`metaprop.pool`. ``attrs["note"]`` says which were left out.

    Returns
    -------
    DataFrame
        One row per recipe, in the order of `recipes`: its options `scale`, `method`, `ci`,
        `zeros`, `i2_kind`, `fixed_below`; what it gives, `k`, `estimate`, `low`, `high`, `i2`,
        `pvalue`; for each printed number a column such as `estimate_fits`; `fits`, how many of
        them; `all_fit`; and `problem`, empty unless the recipe cannot be computed for these data,
        in which case the results are missing (``pd.NA``) and nothing fits.

    Raises
    ------
    ValueError
        For impossible counts or an unusable `printed`.

    Examples
    --------
    >>> import metaprop
    >>> from metaprop import forensics
    >>> tried = [metaprop.Recipe(method="FE"), metaprop.Recipe(method="DL")]
    >>> printed = {"estimate": 0.79, "low": 0.52}
    >>> forensics.matching_recipes([8, 12, 5], [10, 20, 5], printed, recipes=tried)["fits"].tolist()
    [0, 2]
    """
    import pandas as pd

    target = _printed(printed)
    studies = read_counts(events, totals, labels=labels, missing=missing)
    tried = all_recipes() if recipes is None else recipes
    fitted: dict[Recipe, Pooled | str] = {}
    rows = []
    for recipe in tried:
        # The kind of I² does not change the fit, which holds both.
        basic = replace(recipe, i2="q")
        if basic not in fitted:
            try:
                fitted[basic] = pool(studies.first, studies.second, basic)
            except ValueError as error:
                fitted[basic] = str(error)
        rows.append(_row(recipe, fitted[basic], target))
    frame = pd.DataFrame(rows)
    if studies.notes:
        frame.attrs["note"] = studies.note
    numbers = {name: "Float64" for name in ("estimate", "low", "high", "i2", "pvalue")}
    return frame.astype({**numbers, "k": "Int64"})


def _printed(printed: PrintedResult | Mapping[str, Any]) -> PrintedResult:
    if isinstance(printed, PrintedResult):
        return printed
    known = [field.name for field in fields(PrintedResult)]
    unknown = sorted(set(printed) - set(known))
    if unknown:
        raise ValueError(f"printed holds {unknown[0]!r}; it may hold {', '.join(known)}")
    return PrintedResult(**printed)


def _row(recipe: Recipe, fit: Pooled | str, target: PrintedResult) -> dict[str, Any]:
    import pandas as pd

    row: dict[str, Any] = {
        "i2_kind" if name == "i2" else name: getattr(recipe, name) for name in _OPTIONS
    }
    values: dict[str, float] = {}
    if isinstance(fit, Pooled) and fit.proportion is not None:
        estimate, low, high = fit.proportion
        i2 = fit.i2_tau2 if recipe.i2 == "tau2" else fit.i2_q
        values = {"estimate": estimate, "low": low, "high": high, "i2": i2}
        values["pvalue"] = fit.q_pvalue
    row["k"] = fit.k if isinstance(fit, Pooled) else pd.NA
    for name in ("estimate", "low", "high", "i2", "pvalue"):
        row[name] = values.get(name, pd.NA)
    fits = {name: name in values and target.prints(name, values[name]) for name in target.printed}
    row |= {f"{name}_fits": fit_ for name, fit_ in fits.items()}
    row["fits"] = sum(fits.values())
    row["all_fit"] = all(fits.values())
    row["problem"] = fit if isinstance(fit, str) else ""
    return row
