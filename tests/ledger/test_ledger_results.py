"""What the ledger returns cannot be changed; what holds arrays is compared by identity."""

from __future__ import annotations

import dataclasses

import pytest

from reviewbook.ledger import claims, directions, distance, proportions, scope

BY_IDENTITY = (
    claims.ClaimJudgement,
    proportions.ProportionJudgement,
    distance.Flip,
    distance.Distance,
)
BY_VALUE = (proportions.Completion, directions.DirectionFindings, scope.Beside)


@pytest.mark.parametrize("kind", [*BY_IDENTITY, *BY_VALUE])
def test_results_are_frozen_slotted_and_compared_as_they_can_be(kind: type) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    made, twin = (kind(**dict.fromkeys(names, 1)) for _ in range(2))
    assert (made == twin) is (kind in BY_VALUE)
    assert len({made, twin}) == (1 if kind in BY_VALUE else 2)
    assert not hasattr(made, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, names[0], 2)
    assert getattr(made, names[0]) == 1
