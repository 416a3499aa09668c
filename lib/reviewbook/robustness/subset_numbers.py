"""What all subsets of the cohorts tell, in numbers that say where they come from."""

from __future__ import annotations

import pandas as pd

from reviewbook.pooling.analysis import Analysis
from reviewbook.words.frames import FrameOrigin, made_by
from reviewbook.words.origin import Origin, traced

from .sensitivity import drivers, several, subsets

_IMPORT = "from reviewbook.robustness.subset_numbers import"


def all_drivers(analysis: Analysis) -> pd.DataFrame:
    """Return :func:`drivers` over all :func:`subsets`; its numbers say where they come from."""
    frame, made = drivers(analysis, subsets(analysis)), analysis.selection.made
    if made is None:
        return frame
    origin = FrameOrigin(
        expression=f"all_drivers({made.analysis})",
        what="pools of the subsets with or without one cohort, median",
        key=("position",),
        source_of=lambda row: (made.source,),
        imports=(*made.imports, f"{_IMPORT} all_drivers"),
        units=dict.fromkeys(("estimate_with", "estimate_without", "pull"), "proportion"),
    )
    return made_by(frame, origin)


def subset_count(analysis: Analysis) -> int:
    """Return how many :func:`subsets` of two cohorts or more are pooled."""
    number, made = several(subsets(analysis)), analysis.selection.made
    if made is None:
        return number
    told: int = traced(
        number,
        Origin(
            expression=f"subset_count({made.analysis})",
            what="subsets of two of these cohorts or more",
            unit="subsets",
            sources=(made.source,),
            imports=(*made.imports, f"{_IMPORT} subset_count"),
        ),
    )
    return told
