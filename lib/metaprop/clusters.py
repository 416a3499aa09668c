"""Which rows share a study."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_labels
from .labels import check_distinct, identity


def cluster_codes(cluster: ArrayLike, k: int) -> NDArray[np.int64]:
    """Return the cluster of each of `k` rows as a number from 0, in order of appearance.

    Raises
    ------
    ValueError
        When there are not `k` labels, one is missing, two look alike and differ, or all rows are of
        one cluster.
    """
    labels = check_labels(cluster, "cluster", k, row="of the row at index")
    check_distinct(labels, "cluster")
    code_of: dict[object, int] = {}
    codes = np.array([code_of.setdefault(identity(label), len(code_of)) for label in labels])
    if len(code_of) < 2:
        raise ValueError(f"at least 2 clusters are needed, got {len(code_of)}: {labels[0]!r}")
    return codes
