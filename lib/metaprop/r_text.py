"""Pieces of R code: numbers, words, vectors, calls with every option by name, a table of counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .recipe import Recipe
from .studies import Studies

WIDTH = 76


class NoCounterpart(Exception):
    """R, or the package asked for, cannot compute this; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of studies as R is handed them.

    Attributes
    ----------
    events, totals : ndarray, shape (k,)
        Events and patients.
    names : tuple of str
        A name for each study, no two alike: R groups by them.
    """

    events: NDArray[np.float64]
    totals: NDArray[np.float64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, studies: Studies) -> Counts:
        """Return the complete studies, numbered from 1 where they have no names."""
        given = studies.name_texts
        names = [str(i + 1) for i in range(studies.k)] if given is None else list(given)
        for i, name in enumerate(names):
            alike = names[:i].count(name)
            names[i] = f"{name} [{i + 1}]" if alike else name
        return cls(studies.first, studies.second, tuple(names))

    @property
    def extreme(self) -> NDArray[np.bool_]:
        """Which studies are at 0 % or at 100 %."""
        found: NDArray[np.bool_] = (self.events == 0) | (self.events == self.totals)
        return found

    def method(self, recipe: Recipe) -> str:
        """Return the method, which is FE where a recipe takes that for so few studies."""
        few = recipe.method != "GLMM" and self.pooled(recipe) < recipe.fixed_below
        return "FE" if few else recipe.method

    def pooled(self, recipe: Recipe) -> int:
        """Return the number of studies that the zeros rule leaves."""
        return int((~self.extreme).sum()) if recipe.zeros == "drop" else len(self.names)

    def predicted(self, recipe: Recipe) -> bool:
        """Whether there is a prediction interval: a model with τ², and a degree of freedom."""
        lost = {"t-k-2": 2}.get(recipe.prediction_quantile, 1)
        return self.method(recipe) != "FE" and self.pooled(recipe) > lost

    def frame(self, *, drop_extreme: bool) -> str:
        """Return the code that makes a data frame ``dat`` of the counts."""
        columns = {
            "study": vector(word(name) for name in self.names),
            "xi": vector(number(x) for x in self.events.tolist()),
            "ni": vector(number(n) for n in self.totals.tolist()),
        }
        lines = [f"  {name} = {values}" for name, values in columns.items()]
        code = "dat <- data.frame(\n" + ",\n".join(lines) + "\n)"
        return code + "\ndat <- subset(dat, xi > 0 & xi < ni)" if drop_extreme else code


def number(value: float) -> str:
    """Return a number with the fewest digits that give it back."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def word(text: str) -> str:
    """Return a string literal."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in plain) + '"'


def vector(items: Iterable[str]) -> str:
    """Return ``c(…)``, broken into lines where it is long."""
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 2 > WIDTH:
            lines.append(line + ",")
            line = ""
        line = f"{line}, {item}" if line else item
    lines.append(line)
    return f"c({lines[0]})" if len(lines) == 1 else "c(\n    " + "\n    ".join(lines) + "\n  )"


def call(name: str, options: Mapping[str, str]) -> str:
    """Return a call with every option by its name; ``""`` stands for what is named by its place."""
    written = [f"{option} = {value}" if option else value for option, value in options.items()]
    line = f"{name}({', '.join(written)})"
    return line if len(line) <= WIDTH else f"{name}(\n  " + ",\n  ".join(written) + "\n)"


def shown(values: Mapping[str, str]) -> str:
    """Return the code that prints named numbers, a line each, with all their digits."""
    inner = ",\n  ".join(f"{name} = {value}" for name, value in values.items())
    line = 'cat(sprintf("%-16s %.15g\\n", names(shown), shown), sep = "")'
    return f"shown <- c(\n  {inner}\n)\n{line}"
