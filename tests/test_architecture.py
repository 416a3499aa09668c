"""Imports run one way, and each library knows only what is its own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parents[1] / "lib"
METAPROP = sorted((LIB / "metaprop").rglob("*.py"))
REVIEWBOOK = sorted((LIB / "reviewbook").rglob("*.py"))
TEXTS = sorted(
    path
    for path in (LIB / "reviewbook").rglob("*")
    if path.suffix in {".py", ".html", ".css", ".js", ".toml", ".svg"}
)


ROOMS = (
    "words", "review", "citation", "evidence", "pooling", "survival", "ledger", "robustness",
    "book", "living", "results", "adding", "prose", "figures", "tables", "site", "sphinxext",
    "commands",
)  # fmt: skip
"""The rooms of reviewbook from the ground up: each imports only what stands before it."""


def imports(path: Path) -> Iterator[str]:
    """Top-level names of all absolute imports of a module, wherever they stand in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def name(path: Path) -> str:
    return str(path.relative_to(LIB))


def module_name(path: Path) -> str:
    """Return the dotted name of a module below ``lib``."""
    parts = path.relative_to(LIB).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in METAPROP + REVIEWBOOK}


def imported(name: str) -> set[str]:
    """Return the modules of this repository that a module imports, for type hints too."""
    path = MODULES[name]
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            found |= {
                full if (full := f"{module}.{alias.name}") in MODULES else module
                for alias in node.names
            }
    return {module for module in found if module in MODULES and module != name}


def room(name: str) -> str:
    """Return the room of a module; the face of the package has none."""
    top = name.split(".")[1:2]
    return "commands" if top == ["__main__"] else "".join(top)


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) and m.startswith("reviewbook")])
def test_a_room_imports_only_rooms_that_stand_before_it(module: str) -> None:
    assert room(module) in ROOMS
    later = ROOMS[ROOMS.index(room(module)) + 1 :]
    assert {other for other in imported(module) if room(other) in later} == set()
    assert "reviewbook" not in imported(module), "name the room, not the face of the package"


def test_no_modules_import_each_other_in_a_circle() -> None:
    waiting = {name: imported(name) for name in MODULES}
    while ready := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - ready for name, needs in waiting.items() if name not in ready}
    assert sorted(waiting) == []


def test_no_room_holds_more_than_a_third_of_the_lines() -> None:
    lines: dict[str, int] = {}
    for name, path in MODULES.items():
        if name.startswith("reviewbook"):
            size = len(path.read_text(encoding="utf-8").splitlines())
            lines[room(name)] = lines.get(room(name), 0) + size
    assert max(lines.values()) <= sum(lines.values()) / 3


def test_there_is_something_to_look_at() -> None:
    assert len(METAPROP) > 10
    assert len(REVIEWBOOK) > 20


@pytest.mark.parametrize("path", METAPROP, ids=name)
def test_metaprop_stands_on_scientific_python_alone(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, "metaprop", "numpy", "scipy", "pandas", "statsmodels"}
    assert set(imports(path)) - allowed == set()
    assert set(imports(path)) & {"csv", "json", "sqlite3", "pathlib", "os"} == set()


@pytest.mark.parametrize("path", METAPROP, ids=name)
def test_metaprop_knows_no_disease_file_plot_or_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    words = r"CD7|CAR[- ]T|\bcsv\b|matplotlib|sphinx|jupyter|leuk[ae]+mi|lymphoma"
    assert re.findall(words, text, re.IGNORECASE) == []


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_reviewbook_knows_no_disease(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"CD7|CAR[- ]T\b|leuk[ae]+mi|lymphoma", text, re.IGNORECASE) == []


def test_no_statistics_library_is_used_behind_the_back_of_metaprop() -> None:
    """Pooling is metaprop's: nothing in reviewbook imports a meta-analysis of somebody else."""
    users = [
        name(path)
        for path in REVIEWBOOK
        if {"statsmodels", "meta_analyze", "pymare"} & set(imports(path))
    ]
    assert users == []


@pytest.mark.parametrize("package", ["metaprop", "reviewbook"])
def test_importing_a_package_loads_no_plots_and_no_other_side(package: str) -> None:
    code = f"import sys, {package}; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    heavy = {"matplotlib", "seaborn", "sphinx", "myst_nb", "IPython"}
    if package == "metaprop":
        heavy |= {"reviewbook"}
    assert heavy & {module.partition(".")[0] for module in loaded} == set()


@pytest.mark.parametrize("path", METAPROP + REVIEWBOOK, ids=name)
def test_no_module_is_a_drawer_of_odds_and_ends(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "misc", "common"}
