"""Separation: studies at 0 % or 100 % that a moderator tells apart from the rest for certain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

FloatArray = NDArray[np.float64]


def separating_direction(x: FloatArray, n: FloatArray, design: FloatArray) -> FloatArray | None:
    """Return coefficients along which the likelihood never falls, or None when there are none.

    Parameters
    ----------
    x, n : ndarray, shape (k,)
        Events and patients.
    design : ndarray, shape (k, p)
        Design matrix of full rank, intercept included.

    Notes
    -----
    At any fixed τ the likelihood of a study at 0 rises as its linear predictor falls, that of a
    study at n as it rises, and that of any other study has a single maximum. So no finite estimate
    exists exactly when some γ ≠ 0 has design · γ ≤ 0 in all studies at 0, ≥ 0 in all at n and = 0
    in all others (Albert and Anderson 1984, for grouped data). Whether there is one is a linear
    program: the largest sum of the moves in the right direction, each at most 1.
    """
    sign = np.where(x == 0, -1.0, np.where(x == n, 1.0, 0.0))
    inner = sign == 0.0
    columns = design.shape[1]
    # The studies in between allow only directions in the null space of their rows.
    _, values, rows = np.linalg.svd(design[inner], full_matrices=True)
    rank = int((values > 1e-10 * np.sqrt(design.shape[0])).sum())
    free = rows[rank:].T
    if rank == columns or inner.all():
        return None
    moves = sign[~inner, None] * (design[~inner] @ free)
    moves[np.abs(moves) < 1e-12] = 0.0
    found = linprog(
        -moves.sum(axis=0),
        A_ub=np.vstack((-moves, moves)),
        b_ub=np.concatenate((np.zeros(moves.shape[0]), np.ones(moves.shape[0]))),
        bounds=(None, None),
        method="highs",
    )
    if found.status != 0 or -float(found.fun) < 1e-6:
        return None
    return np.asarray(free @ found.x, dtype=np.float64)


def check_separation(
    x: FloatArray, n: FloatArray, design: FloatArray, names: tuple[str, ...]
) -> None:
    """Raise a ValueError that names the moderators when they separate the studies.

    Raises
    ------
    ValueError
        For complete and for quasi-complete separation.
    """
    direction = separating_direction(x, n, design)
    if direction is None:
        return
    moved = np.abs(design @ direction) > 1e-6
    kind = "complete" if moved.all() else "quasi-complete"
    largest = float(np.abs(direction).max())
    involved = [
        name
        for name, value in zip(names, direction, strict=True)
        if abs(float(value)) > 1e-6 * largest and name != "intercept"
    ]
    raise ValueError(
        "the mixed model has no finite estimate: the moderator separates studies at 0% or 100% "
        f"from the others ({kind} separation along {', '.join(involved) or names[0]})"
    )
