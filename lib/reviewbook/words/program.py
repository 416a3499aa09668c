"""The program that makes again what a cell of a page shows.

A page's cells share their names. Of all statements before the one that shows something only those
are needed that give it a name it uses, and those that give these theirs.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .asked import asked_in, cells_until_now
from .origin import Source, described_source

Statement = tuple[int, str, ast.stmt]
"""A statement with the number of its cell, from 1, and the text of the cell."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a cell shows, and what leads up to it.

    Attributes
    ----------
    lines : tuple of str
        The statements before, in order.
    expression : str
        The last expression of the cell, which shows something.
    places : tuple of (int, int, int)
        Of each statement, the last one too: its cell, from 1, its first and its last line.
    """

    lines: tuple[str, ...]
    expression: str
    places: tuple[tuple[int, int, int], ...]


def program_of(cells: Sequence[str]) -> Program | None:
    r"""Return the program of what the last of some cells shows.

    None where its last statement shows nothing, or is no Python.

    >>> program_of(["a = 1\nb = 2", "c = b + 1", "c * 2"]).lines
    ('b = 2', 'c = b + 1')
    """
    statements = [
        (number, text, statement)
        for number, text in enumerate(cells, start=1)
        for statement in _statements(text)
    ]
    if not statements or not cells or statements[-1][0] != len(cells):
        return None
    number, text, shown = statements.pop()
    if not isinstance(shown, ast.Expr):
        return None
    kept = _needed(statements, _names(shown, ast.Load))
    lines = (ast.get_source_segment(source, statement) or "" for _, source, statement in kept)
    return Program(
        lines=tuple(lines),
        expression=ast.get_source_segment(text, shown) or "",
        places=tuple(
            (cell, one.lineno, one.end_lineno or one.lineno)
            for cell, _, one in (*kept, (number, text, shown))
        ),
    )


def _needed(statements: Sequence[Statement], names: set[str]) -> list[Statement]:
    """Return the statements that give names their values, and what these need, in order."""
    late: set[str] = set()  # what functions use when they are called, wherever it is named
    while True:
        needed, kept, found = names | late, [], set(late)
        for cell, source, statement in reversed(statements):
            bound = _bound(statement)
            if not bound & needed:
                continue
            used = _names(statement, ast.Load)
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                found |= used
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom):
                needed -= bound - late
            needed |= used
            kept.append((cell, source, statement))
        if found == late:
            return kept[::-1]
        late = found


def _statements(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:  # a command of the notebook
        return []


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, context)
    }


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names a statement gives a value to, or changes a part of."""
    inside = [
        target.id
        for one in ast.walk(statement)
        if isinstance(one, ast.comprehension)
        for target in ast.walk(one.target)
        if isinstance(target, ast.Name)
    ]
    bound = _names(statement, ast.Store).difference(inside)
    for one in ast.walk(statement):
        if isinstance(one, ast.alias):
            bound.add((one.asname or one.name).partition(".")[0])
        elif isinstance(one, ast.FunctionDef | ast.ClassDef):
            bound.add(one.name)
        elif isinstance(one, ast.Subscript | ast.Attribute) and isinstance(one.ctx, ast.Store):
            bound |= _names(one.value, ast.Load)
    return bound


def shown_by() -> dict[str, Any] | None:
    """Return where what the running cell of a page shows comes from, as plain data.

    ``lines expression sources files``; None outside of a page, and where the cell ends otherwise.
    """
    program = program_of(cells_until_now())
    if program is None:
        return None
    asked = asked_in(program.places)
    return {
        "lines": list(program.lines),
        "expression": program.expression,
        "sources": [described_source(one) for one in asked if isinstance(one, Source)],
        "files": sorted({one for one in asked if isinstance(one, str)}),
    }
