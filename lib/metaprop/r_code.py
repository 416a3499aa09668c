"""The same analysis in R: code of metafor, meta or lme4 with every option written out."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from .checks import check_choice, check_whole
from .r_lme4 import lme4
from .r_meta import meta
from .r_metafor import metafor
from .r_text import Counts, NoCounterpart
from .recipe import Recipe, as_recipe
from .studies import Studies, read_counts

LARGEST_NODES = 100
"""lme4 integrates with 100 nodes or fewer, so metafor and meta do."""

_WRITERS: dict[str, Callable[[Counts, Recipe, int], str]] = {
    "metafor": metafor,
    "meta": meta,
    "lme4": lme4,
}


def as_r(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    labels: ArrayLike | None = None,
    package: str | None = None,
    nodes: int = LARGEST_NODES,
) -> str | None:
    """Return R code that computes what :func:`~metaprop.pool` does, where R can.

    Parameters
    ----------
    events, totals : array_like of whole numbers, shape (k,)
        Events and patients of each study; they are written into the code.
    recipe : Recipe, optional
        How they are pooled; the default recipe when omitted.
    labels : array_like, optional
        Names of the studies.
    package : {"metafor", "meta", "lme4"}, optional
        Whose functions are called; the first of them that can when omitted.
    nodes : int
        Quadrature nodes of the mixed model, 100 at most. :func:`~metaprop.pool` takes 101, the
        defaults of R's packages are 7 (metafor, meta) and 1 (lme4).

    Returns
    -------
    str or None
        A script. It prints the pooled proportion, its limits, those of the prediction interval,
        τ² and I² (fractions), a line each. None where there is no counterpart;
        :func:`~metaprop.why_not_r` says why.

    Raises
    ------
    ValueError
        For impossible counts (naming the study) or an unknown package.

    Notes
    -----
    Every option is written out that bears on a number, those that R would take by itself too:
    defaults differ between versions. Options are those of metafor 5.1, meta 8.4 and lme4 1.1-31.
    Iterations are told to go on as far as this package's, where R by default stops at about five
    digits.

    Examples
    --------
    >>> import metaprop
    >>> code = metaprop.as_r([8, 12, 5], [10, 20, 5], metaprop.Recipe(scale="logit"))
    >>> code.splitlines()[0]
    'library(metafor)'
    """
    return _written(events, totals, recipe, labels, package, nodes)[0]


def why_not_r(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None = None,
    *,
    package: str | None = None,
) -> str:
    """Return why R has no code for :func:`~metaprop.as_r` to give; empty where it has.

    Parameters
    ----------
    events, totals, recipe, package
        As for :func:`~metaprop.as_r`.

    Examples
    --------
    >>> import metaprop
    >>> metaprop.why_not_r([7], [9], metaprop.Recipe(method="GLMM"))
    'metafor, meta and lme4 stop at a mixed model of one study'
    """
    return _written(events, totals, recipe, None, package, LARGEST_NODES)[1]


def _written(
    events: ArrayLike,
    totals: ArrayLike,
    recipe: Recipe | None,
    labels: ArrayLike | None,
    package: str | None,
    nodes: int,
) -> tuple[str | None, str]:
    recipe = as_recipe(recipe)
    if package is not None:
        check_choice("package", package, tuple(_WRITERS))
    if check_whole("nodes", nodes, at_least=1) > LARGEST_NODES:
        raise ValueError(f"nodes must be {LARGEST_NODES} at most in R, got {nodes}")
    if recipe.scale == "identity":
        return None, "effects that are no proportions are pooled without counts (rma of yi and vi)"
    studies = read_counts(events, totals, labels=labels, recipe=recipe)
    counts, reasons = Counts.of(studies), []
    for name in _WRITERS if package is None else (package,):
        try:
            if recipe.method == "GLMM":
                _check_mixed(studies)
            return _WRITERS[name](counts, recipe, nodes), ""
        except NoCounterpart as reason:
            reasons.append(str(reason))
    return None, "; ".join(dict.fromkeys(reasons))


def _check_mixed(studies: Studies) -> None:
    """Raise :class:`NoCounterpart` for counts at whose mixed model R stops."""
    if studies.k == 1:
        raise NoCounterpart("metafor, meta and lme4 stop at a mixed model of one study")
    x, n = studies.first, studies.second
    if (x * n[0] == x[0] * n).all():
        raise NoCounterpart(
            "metafor, meta and lme4 stop at a mixed model of studies that all have one proportion"
        )
