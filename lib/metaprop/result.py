"""What every result can do: show itself, and become plain data or a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd


def plain(value: Any) -> Any:
    """Turn results, arrays and numpy scalars into dicts, lists, floats, ints, bools and strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # infinite: JSON has no word for it
    return value


def short(value: Any) -> str:
    """Return a value in a few characters: numbers with six digits, arrays by their size."""
    if isinstance(value, Recipe):
        return repr(value.label)
    if isinstance(value, Interval):
        return f"{value.estimate:.6g} ({value.low:.6g} to {value.high:.6g})"
    if isinstance(value, Result):
        return f"{type(value).__name__}(…)"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return f"<{' × '.join(map(str, value.shape))} values>"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {short(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple) and len(value) > 4:
        return f"<{len(value)} values>"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(short, value)) + ("," if len(value) == 1 else "") + ")"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]} …{text[-1]}"


class Result:
    """What every result of the package can do."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # dataclass() writes a repr, arrays and all, only into a class that has none of its own.
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def _items(self) -> dict[str, Any]:
        """Return the fields by name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def __repr__(self) -> str:
        """Return the fields in a few characters each; empty ones left out."""
        shown = [
            f"{name}={short(value)}"
            for name, value in self._items().items()
            if value is not None and not (isinstance(value, str | tuple) and not value)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def summary(self) -> str:
        """Return the result as text: a line for each field, then what its note says."""
        lines = [type(self).__name__]
        for name, value in self._items().items():
            if name not in _NOTES and value is not None:
                lines.append(f"  {name:<20} {short(value)}")
        return "\n".join([*lines, *self._note_lines()])

    def _note_lines(self) -> list[str]:
        """Return what a reader must know, a line for each note."""
        texts: list[str] = []
        for name in _NOTES:
            value = getattr(self, name, None) or ()
            for text in [value] if isinstance(value, str) else map(str, value):
                if not any(text in said for said in texts):  # the note may join what follows
                    texts.append(text)
        return [f"  Note: {text}" for text in texts]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON.

        Nested results become dicts, and infinite values None.
        """
        data: dict[str, Any] = plain(self)
        return data

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table of one row; needs pandas.

        An interval gives three columns, the limits with the endings ``_low`` and ``_high``; a
        recipe gives its label. Arrays, and results inside the result, are left out.
        """
        import pandas as pd

        row: dict[str, Any] = {}
        for name, value in self._items().items():
            if isinstance(value, Interval):
                row |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
            elif isinstance(value, Recipe):
                row[name] = value.label
            elif not isinstance(value, np.ndarray | Result | dict | tuple):
                row[name] = value
        return pd.DataFrame([row])


_NOTES = ("note", "notes", "rearranged", "cautions")


@dataclass(frozen=True, slots=True)
class Interval(Result):
    """A point estimate with its interval limits.

    Attributes
    ----------
    estimate, low, high : float
        ``low <= high``. Unpacks in this order, and is an array of the three for numpy.
    """

    estimate: float
    low: float
    high: float

    def __repr__(self) -> str:
        return f"Interval(estimate={self.estimate!r}, low={self.low!r}, high={self.high!r})"

    def __iter__(self) -> Iterator[float]:
        return iter((self.estimate, self.low, self.high))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array((self.estimate, self.low, self.high), dtype=dtype)

    def __contains__(self, value: float) -> bool:
        return bool(self.low <= value <= self.high)

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.high - self.low
