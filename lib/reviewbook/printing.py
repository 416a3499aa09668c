"""Would this number be printed like that? Rounding of arrays as :mod:`reviewbook.words` does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def prints(values: ArrayLike, printed: float, digits: int) -> NDArray[np.bool_]:
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
    :func:`reviewbook.words.in_percent`.
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
