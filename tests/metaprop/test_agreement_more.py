"""Every reference number of the bias, sensitivity, Bayesian and permutation functions."""

from __future__ import annotations

import agreement
import agreement_more
import pytest

# How many numbers the reference files hold; a loop that silently skips them would fail here.
AT_LEAST = {
    "regression tests": 1700,
    "rank tests": 60,
    "tests of meta": 17 * 5 + 17,
    "trim and fill": 6500,
    "leave-one-out, cumulative, influence": 11000,
    "all subsets": 200,
    "Bayesian": 1100,
    "permutation": 24,
    "published examples": 60,
}


@pytest.mark.parametrize("part", list(agreement_more.PARTS))
def test_agrees_with_reference(part: str) -> None:
    found = agreement.compared(agreement_more.PARTS[part])
    disagreements = [str(one) for one in found if not one.agrees]
    assert not disagreements, "\n".join(
        [f"{len(disagreements)} of {len(found)}", *disagreements[:10]]
    )
    assert len(found) >= AT_LEAST[part]
