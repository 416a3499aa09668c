"""Which modules a piece of code uses: found by following names, definition by definition.

A chapter that calls ``figures.forest`` uses the module that defines it, and what that function
refers to, but not the other figures, although Python imports them all. Names are followed through
imports at any depth of a module, through packages that only pass a name on, and through packages
that load theirs on first use (a table ``_MODULE_OF``). A method is followed with its class, a class
with whatever names it. What runs when a module is imported counts with each of its definitions.
Where a name cannot be told, a module that is handed on as a value for one, the whole module counts.

Annotations of functions do not count: they are not evaluated.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LAZY = "_MODULE_OF"
"""What a package that loads names on first use calls the table of their modules."""
WHOLE = "*"
"""In place of the name of a definition: all of a module."""

Use = tuple[str, str]
"""A module by its dotted name, and a name in it."""


@dataclass(slots=True)
class _Module:
    """What each definition of a module refers to."""

    refers: dict[str, set[Use]] = field(default_factory=dict)
    """By name of a definition; "" for what runs on import."""
    passed_on: dict[str, Use] = field(default_factory=dict)
    """Names that it imports, and from where."""


class Library:
    """The modules below some folders, and what they use of each other.

    Parameters
    ----------
    packages : iterable of Path
        Folders of packages.
    """

    def __init__(self, packages: Iterable[Path]) -> None:
        self._paths: dict[str, Path] = {}
        self.folders = tuple(packages)
        for package in self.folders:
            for path in package.rglob("*.py"):
                parts = path.relative_to(package.parent).with_suffix("").parts
                self._paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        self._read: dict[str, _Module] = {}

    def used_by(self, code: str) -> frozenset[Path]:
        """Return the files of the modules that a piece of code uses.

        Raises
        ------
        SyntaxError
            When it is no Python.
        """
        reader = _Reader(self, "", is_package=False)
        waiting = {use for uses in reader.read(ast.parse(code)).refers.values() for use in uses}
        done: set[Use] = set()
        while waiting:
            use = waiting.pop()
            done.add(use)
            waiting |= set(self._next(*use)) - done
        used = {module for module, _ in done}
        # The packages around a module run with it; what they import counts where it is used.
        used |= {parent for module in used for parent in _parents(module)}
        return frozenset(self._paths[name] for name in used if name in self._paths)

    def read(self) -> None:
        """Read all modules now, so that processes forked from this one need not."""
        for name in self._paths:
            self._module(name)

    def __contains__(self, module: str) -> bool:
        return module in self._paths

    def _next(self, name: str, wanted: str) -> Iterator[Use]:
        """Yield what one use leads to."""
        if name not in self._paths:
            return
        module = self._module(name)
        if wanted == WHOLE:
            for uses in module.refers.values():
                yield from uses
            yield from module.passed_on.values()
            return
        yield from module.refers[""]
        if wanted in module.refers:
            yield from module.refers[wanted]
        elif wanted in module.passed_on:
            yield module.passed_on[wanted]
        elif f"{name}.{wanted}" in self._paths:
            yield f"{name}.{wanted}", WHOLE
        elif wanted:
            yield name, WHOLE

    def _module(self, name: str) -> _Module:
        if name not in self._read:
            path = self._paths[name]
            reader = _Reader(self, name, is_package=path.stem == "__init__")
            self._read[name] = reader.read(ast.parse(path.read_text(encoding="utf-8")))
        return self._read[name]


class _Reader:
    """Reads one module."""

    def __init__(self, library: Library, name: str, *, is_package: bool) -> None:
        self.library, self.name = library, name
        parts = name.split(".")
        self.package = parts if is_package else parts[:-1]

    def read(self, tree: ast.Module) -> _Module:
        """Return what each definition of the module refers to."""
        found = _Module({"": set()})
        statements = {statement: list(_executed(statement)) for statement in tree.body}
        nodes = [node for of in statements.values() for node in of]
        # Bindings of imports, wherever they stand. What a name means besides counts always.
        bound: dict[str, Use] = {}
        for name, (module, wanted) in self._bindings(nodes):
            if bound.setdefault(name, (module, wanted)) != (module, wanted):
                found.refers[""].add((module, wanted or WHOLE))
        defined = {name for statement in statements for name in _names(statement)}
        for statement, inside in statements.items():
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                continue
            uses = set(self._uses(inside, bound, defined))
            for name in list(_names(statement)) or [""]:
                found.refers.setdefault(name, set()).update(uses)
                if name == LAZY and isinstance(statement, ast.Assign):
                    for lazy, module in ast.literal_eval(statement.value).items():
                        found.passed_on[lazy] = f"{self.name}.{module}", lazy
        found.refers.pop(LAZY, None)
        found.refers[""] |= set(self._for_effect(nodes))
        for name, use in bound.items():
            found.passed_on.setdefault(name, use)
        return found

    def _bindings(self, nodes: Sequence[ast.AST]) -> Iterator[tuple[str, Use]]:
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = _top(alias)
                    if top in self.library:
                        yield (alias.asname, (alias.name, "")) if alias.asname else (top, (top, ""))
            elif isinstance(node, ast.ImportFrom):
                base = self.package[: len(self.package) - node.level + 1] if node.level else []
                module = ".".join([*base, *filter(None, [node.module])])
                if module.partition(".")[0] not in self.library:
                    continue
                for alias in node.names:
                    whole = f"{module}.{alias.name}"
                    is_module = whole in self.library
                    use = (whole, "") if is_module else (module, alias.name)
                    yield alias.asname or alias.name, use

    def _for_effect(self, nodes: Sequence[ast.AST]) -> Iterator[Use]:
        """Yield the modules that are imported and not named again: for what the import does."""
        named = {node.id for node in nodes if isinstance(node, ast.Name)}
        for alias in (a for node in nodes if isinstance(node, ast.Import) for a in node.names):
            if alias.name in self.library and (alias.asname or _top(alias)) not in named:
                yield alias.name, WHOLE

    def _uses(
        self, nodes: Sequence[ast.AST], bound: Mapping[str, Use], defined: Collection[str]
    ) -> Iterator[Use]:
        chained: set[int] = set()
        for node in nodes:  # outer ones first: the whole of ``a.b.c`` before ``a.b``
            if not isinstance(node, ast.Attribute):
                continue
            names, start = _chain(node)
            if start is None or id(start) in chained:
                continue
            module, wanted = bound.get(start.id, ("", WHOLE))
            if wanted:
                continue
            chained.add(id(start))
            # Down through packages as far as there are modules.
            while names and f"{module}.{names[0]}" in self.library:
                module = f"{module}.{names.pop(0)}"
            yield (module, names[0]) if names else (module, WHOLE)
        for node in nodes:
            if not isinstance(node, ast.Name) or id(node) in chained:
                continue
            if node.id in bound:
                module, wanted = bound[node.id]
                yield module, wanted or WHOLE
            elif node.id in defined and self.name:
                yield self.name, node.id


def _top(alias: ast.alias) -> str:
    return alias.name.partition(".")[0]


def _chain(node: ast.Attribute) -> tuple[list[str], ast.Name | None]:
    """Return the attributes of ``a.b.c`` and its first name, None where it begins otherwise."""
    names: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        names.insert(0, inner.attr)
        inner = inner.value
    return names, inner if isinstance(inner, ast.Name) else None


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those for type checkers alone; outer ones first."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        if _only_for_types(node):
            continue
        yield node
        left_out = "annotation" if isinstance(node, ast.arg) else "returns"
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                waiting.extend(child for child in value if isinstance(child, ast.AST))
            elif isinstance(value, ast.AST) and value._fields and name != left_out:
                waiting.append(value)


def _only_for_types(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module defines."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (
                node.id
                for node in ast.walk(target)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module
