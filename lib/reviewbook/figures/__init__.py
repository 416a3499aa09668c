"""Figures of the book: each function takes data and returns a :class:`BookFigure`."""

from reviewbook.figures.figure import BookFigure
from reviewbook.figures.flow import flow
from reviewbook.figures.forest import forest, subgroup_forest
from reviewbook.figures.forest_rows import forest_rows
from reviewbook.figures.overview import overview
from reviewbook.figures.rows import Row

__all__ = ["BookFigure", "Row", "flow", "forest", "forest_rows", "overview", "subgroup_forest"]
