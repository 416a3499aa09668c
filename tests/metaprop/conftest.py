"""Data sets that several test files use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from agreement import reference

# Three studies at 100 % and several small ones, as in the review this library serves.
EVENTS = np.array([8, 29, 8, 11, 5, 3, 10, 26, 19, 3, 39, 18, 4])
TOTALS = np.array([8, 30, 8, 11, 6, 4, 12, 33, 27, 3, 39, 27, 7])


@pytest.fixture
def events() -> np.ndarray:
    return EVENTS.copy()


@pytest.fixture
def totals() -> np.ndarray:
    return TOTALS.copy()


@pytest.fixture(scope="session")
def r_reference() -> dict[str, Any]:
    return reference("r_reference_open")


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    return {case["id"]: case for case in reference("reference_cases_open")["cases"]}
