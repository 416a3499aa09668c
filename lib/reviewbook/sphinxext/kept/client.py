"""The client through which MyST-NB has a page executed: it runs, or shows again what it showed."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from typing import Any

import nbformat
from myst_nb.core.execute.inline import NotebookClientInline
from nbformat import NotebookNode

from .record import Records
from .uses import Library

_BEGIN = "from reviewbook.words import reads as _reads; _reads.begin(*{folders!r}); del _reads"
# As one text, for long lists are shown cut short.
_FOUND = "'\\n'.join(__import__('reviewbook.words.reads', fromlist=['found']).found())"


class KeptClient(NotebookClientInline):
    """Executes a page unless what it showed is kept and nothing that it depends on changed."""

    def __init__(
        self, *given: Any, name: str, records: Records, library: Callable[[], Library]
    ) -> None:
        super().__init__(*given)
        self._name, self._records, self._library = name, records, library
        self._text = self.path.read_text(encoding="utf-8") if self.path else ""
        self._evaluated: list[tuple[str, Any]] = []
        self._read: list[str] | None = None
        self._shown = records.find(name, self._text)

    def start_client(self) -> None:
        """Start a kernel, or none."""
        if self._shown is None:
            self._records.forget(self._name)
            super().start_client()
            folders = [str(self._records.root), *map(str, self._library().folders)]
            self._silently(_BEGIN.format(folders=folders))
            return
        if self._shown["language"]:
            self.notebook.metadata["language_info"] = _nodes(self._shown["language"])
        for cell, shown in zip(self._code(), self._shown["cells"], strict=True):
            cell["execution_count"], cell["outputs"] = shown["count"], _nodes(shown["outputs"])
        self._evaluated = [(name, _nodes(outputs)) for name, outputs in self._shown["evaluated"]]

    def code_cell_outputs(self, cell_index: int) -> tuple[int | None, list[NotebookNode]]:
        """Return the number and the outputs of a cell."""
        if self._shown is None:
            found: tuple[int | None, list[NotebookNode]] = super().code_cell_outputs(cell_index)
            return found
        cell = self.notebook.cells[cell_index]
        return cell.get("execution_count"), cell.get("outputs", [])

    def eval_variable(self, name: str) -> list[NotebookNode]:
        """Return what a name of the page stands for, as outputs."""
        if self._shown is None:
            outputs: list[NotebookNode] = super().eval_variable(name)
            self._evaluated.append((name, outputs))
            return outputs
        kept, outputs = self._evaluated.pop(0)
        if kept != name:
            raise RuntimeError(f"{self._name} was kept with {kept!r} where it has {name!r} now")
        return outputs

    def finalise_client(self) -> None:
        """Take over the state of widgets, and ask what the page read."""
        if self._shown is None:
            super().finalise_client()
            self._read = self._asked()

    def close_client(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        """End the kernel; keep what a page showed that ended well."""
        if self._shown is not None:
            self.exec_metadata = self._shown["execution"]
            return
        super().close_client(exc_type, exc_val, exc_tb)
        metadata = self.notebook.metadata
        ended_well = not exc_type and self.exec_metadata["succeeded"]
        if not ended_well or self._read is None or "widgets" in metadata:
            return
        try:
            modules = self._library().used_by("\n".join(cell["source"] for cell in self._code()))
        except SyntaxError:  # commands of the notebook, such as %time
            return
        shown = {
            "language": metadata.get("language_info"),
            "cells": [
                {"count": cell.get("execution_count"), "outputs": cell.get("outputs", [])}
                for cell in self._code()
            ],
            "evaluated": self._evaluated,
            "execution": self.exec_metadata,
        }
        self._records.keep(self._name, self._text, modules, self._read, shown)

    def _code(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell["cell_type"] == "code"]

    def _silently(self, code: str, **expressions: str) -> Any:
        """Run code of which the page knows nothing; return what some expressions give."""
        request = self._client.kc.execute(
            code, silent=True, store_history=False, user_expressions=expressions
        )
        content = self._client.wait_for_reply(request)["content"]
        return content.get("user_expressions", {})

    def _asked(self) -> list[str] | None:
        """Return what the page read; None of a kernel that cannot tell, such as one of R."""
        answer = self._silently("", read=_FOUND).get("read", {})
        if answer.get("status") != "ok":
            return None
        return str(literal_eval(answer["data"]["text/plain"])).splitlines()


def _nodes(value: Any) -> Any:
    return nbformat.from_dict(value) if isinstance(value, dict) else [_nodes(one) for one in value]
