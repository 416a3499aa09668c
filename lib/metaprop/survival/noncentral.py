"""Fisher's noncentral hypergeometric distribution, where its probability lies.

Given the margins of a two-by-two table, P(X = x) ∝ C(n₁, x) C(n₀, m − x) ψ^x. Its mass lies within
some standard deviations of one value, about the square root of the margins wide, so that nothing
has to run over all tables. Neighbours differ by a simple ratio: adding up their logarithms is
exacter than the difference of four log factorials of large numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp

FloatArray = NDArray[np.float64]
Condition = Callable[[FloatArray, FloatArray], float]
# A window on the distribution is wide enough when its ends are this improbable (natural logs).
_NEGLIGIBLE = -70.0
# Below this a double cannot hold the probability itself.
_UNDERFLOW = -750.0


def root(increasing: Callable[[float], float]) -> float:
    """Root in ψ of a function that increases with log ψ, by bracketing on the log scale."""
    reach = 1.0
    while increasing(-reach) > 0 or increasing(reach) < 0:
        reach *= 2.0
    return float(brentq(increasing, -reach, reach, xtol=1e-13, rtol=1e-14))


@dataclass(frozen=True, slots=True)
class Margins:
    """Margins of a two-by-two table: patients of groups 1 and 0, and events of both together."""

    n1: int
    n0: int
    m: int

    @property
    def lowest(self) -> int:
        """Fewest events of group 1."""
        return max(0, self.m - self.n0)

    @property
    def highest(self) -> int:
        """Most events of group 1."""
        return min(self.n1, self.m)

    def spread(self, x: int) -> float:
        """Approximate the standard deviation of X where its mean is x, from the four cells."""
        cells = (x, self.n1 - x, self.m - x, self.n0 - self.m + x)
        return 1.0 / sqrt(sum(1.0 / (cell + 1.0) for cell in cells))

    def window(self, centre: int, reach: int) -> tuple[FloatArray, FloatArray]:
        """Values within `reach` of `centre` and their log weights at ψ = 1, 0 at `centre`."""
        first, last = max(self.lowest, centre - reach), min(self.highest, centre + reach)
        x = np.arange(first, last + 1, dtype=np.float64)
        now = x[:-1]
        steps = np.log((self.n1 - now) / (now + 1.0))
        steps += np.log((self.m - now) / (self.n0 - self.m + now + 1.0))
        weights = np.r_[0.0, np.cumsum(steps)]
        return x, weights - weights[centre - first]

    def _closed(self, x: FloatArray, log_p: FloatArray, limit: float) -> bool:
        """Whether nothing that counts lies outside a window."""
        low = x[0] == self.lowest or log_p[0] < limit
        return bool(low and (x[-1] == self.highest or log_p[-1] < limit))

    def solve(self, observed: int, condition: Condition) -> float:
        """Odds ratio ψ at which a condition on (probabilities, values) that rises with ψ is 0."""
        reach = 32 + int(20.0 * self.spread(observed))
        while True:
            x, weights = self.window(observed, reach)

            def log_probabilities(
                log_psi: float, x: FloatArray = x, weights: FloatArray = weights
            ) -> FloatArray:
                w = weights + (x - observed) * log_psi
                log_p: FloatArray = w - logsumexp(w)
                return log_p

            log_psi = root(lambda psi, x=x, f=log_probabilities: condition(np.exp(f(psi)), x))  # type: ignore[misc]
            if self._closed(x, log_probabilities(log_psi), _NEGLIGIBLE):
                return exp(log_psi)
            reach *= 2

    def null(self) -> tuple[FloatArray, FloatArray]:
        """Values and log probabilities at ψ = 1, as far as a probability can be held."""
        mode = (self.n1 + 1) * (self.m + 1) // (self.n1 + self.n0 + 2)
        reach = 64 + int(40.0 * self.spread(mode))
        while True:
            x, weights = self.window(mode, reach)
            log_p = weights - logsumexp(weights)
            if self._closed(x, log_p, _UNDERFLOW):
                return x, log_p
            reach *= 2
