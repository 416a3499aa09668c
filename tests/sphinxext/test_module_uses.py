"""Which modules a piece of code uses, on a small library and on the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

import reviewbook
from reviewbook.sphinxext.kept.uses import Library

MODULES = {
    "__init__": '_MODULE_OF = {"lazy": "deep.lazy_one"}\ndef __getattr__(name): ...\n',
    "plain": "from .base import low\n\ndef shown():\n    return low()\n\ndef other():\n"
    "    from . import late\n    return late.do()\n",
    "base": "LIMIT = 3\n\ndef low():\n    return LIMIT\n",
    "late": "def do(): ...\n",
    "typed": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .base import low\n"
    "from .kinds import Kind\n\ndef of(kind: Kind) -> Kind:\n    return kind\n",
    "kinds": "from .late import do\n\nclass Kind:\n    def run(self):\n        return do()\n",
    "face/__init__": "from .one import first\nfrom .two import second\n",
    "face/one": "def first(): ...\n",
    "face/two": "from ..base import low\ndef second(): ...\nlow()\n",
    "deep/__init__": "",
    "deep/lazy_one": "def lazy(): ...\n",
    "table": "from .face import first, second\nFORMS = {'a': first, 'b': second}\n"
    "def form(name):\n    return FORMS[name]\n",
    "twice": "def a():\n    from .base import low as f\n    f()\n\n"
    "def b():\n    from .late import do as f\n    f()\n",
    "beside": "import small.late\n\ndef nothing(): ...\n",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    package = tmp_path_factory.mktemp("library") / "small"
    for name, text in MODULES.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Library([package])


def used(library: Library, code: str) -> set[str]:
    (package,) = library.folders
    return {
        path.relative_to(package).with_suffix("").as_posix() for path in library.used_by(code)
    } - {"__init__"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1 + 1", set()),
        ("import os\nos.getcwd()", set()),
        ("from small.plain import shown\nshown()", {"plain", "base"}),
        ("from small.plain import other\nother()", {"plain", "late"}),
        ("from small import plain\nplain.shown()", {"plain", "base"}),
        ("import small.plain\nsmall.plain.shown()", {"plain", "base"}),
        ("import small.plain as p\np.other()", {"plain", "late"}),
        ("from small import plain\nlist(map(dir, [plain]))", {"plain", "base", "late"}),
        ("from small import face\nface.first()", {"face/__init__", "face/one"}),
        ("from small.face import second\nsecond()", {"face/__init__", "face/two", "base"}),
        ("from small import lazy\nlazy()", {"deep/__init__", "deep/lazy_one"}),
        ("import small\nsmall.lazy()", {"deep/__init__", "deep/lazy_one"}),
        ("from small.typed import of\nof(1)", {"typed"}),
        ("from small.kinds import Kind\nKind()", {"kinds", "late"}),
        (
            "from small.table import form\nform('a')",
            {"table", "face/__init__", "face/one", "face/two", "base"},
        ),
        ("from small.beside import nothing\nnothing()", {"beside", "late"}),
        ("from small.twice import a\na()", {"twice", "base", "late"}),
        ("def f():\n    from small.base import low\n    return low()", {"base"}),
    ],
)
def test_names_are_followed_to_their_modules(small: Library, code: str, expected: set[str]) -> None:
    assert used(small, code) == expected


def test_a_figure_of_the_real_library_brings_its_module_and_no_other_figure() -> None:
    package = Path(reviewbook.__path__[0])
    library = Library([package])
    found = library.used_by("from reviewbook import figures\nfigures.funnel(1)")
    figures = {path.stem for path in found if path.parent == package / "figures"}
    assert "funnel" in figures
    assert not {"baujat", "flow", "icons", "evidence_map"} & figures
