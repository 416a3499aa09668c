"""The sentences of the chapters, computed from pools: one change in ``data/`` changes them all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class Sentences(SimpleNamespace):
    """Phrases by name, as a chapter shows them through ``{eval}``; they cannot be assigned."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no sentence is called {name!r}; there are {', '.join(vars(self))}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"sentences are computed: {name!r} cannot be set")
