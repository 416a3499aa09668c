"""The package alone: a wheel that builds, installs and works without the book."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging" / "metaprop"

# Runs the examples of a README where only the installed wheel and its four dependencies can be
# imported: neither lib/ nor what the book needs.
QUICK_START = """
import doctest, sys
from pathlib import Path
target, readme = sys.argv[1:]
sys.path[:] = [target, *(p for p in sys.path if not (Path(p) / "metaprop").exists())]

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"reviewbook", "sphinx", "matplotlib", "seaborn", "myst_nb"}:
            raise ModuleNotFoundError(f"{name} belongs to the book", name=name)

sys.meta_path.insert(0, Refuse())
import metaprop
assert metaprop.__file__.startswith(target), metaprop.__file__
failed, tried = doctest.testfile(readme, module_relative=False)
for name in metaprop.__all__:
    getattr(metaprop, name)
for module in (metaprop.forensics, metaprop.simulation, metaprop.survival):
    for name in module.__all__:
        getattr(module, name)
print(tried - failed, "of", tried)
sys.exit(failed > 0 or tried < 5)
"""


def _run(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    found = subprocess.run(  # type: ignore[call-overload]
        [sys.executable, *command], capture_output=True, text=True, check=False, **options
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, offline."""
    copy = tmp_path_factory.mktemp("sources")
    ignore = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(ROOT / "lib" / "metaprop", copy / "lib" / "metaprop", ignore=ignore)
    shutil.copytree(PACKAGING, copy / "packaging" / "metaprop", ignore=ignore)
    before = {path.relative_to(copy) for path in (copy / "lib").rglob("*")}
    _run(
        "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet",
        "--wheel-dir", str(copy), str(copy / "packaging" / "metaprop"),
    )  # fmt: skip
    # Building leaves nothing beside the sources.
    assert {path.relative_to(copy) for path in (copy / "lib").rglob("*")} == before
    (built,) = copy.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    modules = {
        str(path.relative_to(ROOT / "lib"))
        for path in (ROOT / "lib" / "metaprop").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    assert names == modules


@pytest.mark.slow
def test_the_quick_start_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    _run(
        "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(target),
        str(wheel),
    )  # fmt: skip
    # -I: neither PYTHONPATH nor the current folder.
    readme = str(PACKAGING / "README.md")
    found = _run("-I", "-c", QUICK_START, str(target), readme, cwd=tmp_path)
    tried, _, total = found.stdout.strip().splitlines()[-1].partition(" of ")
    assert tried == total


def test_the_package_says_the_same_as_the_book() -> None:
    own, book = (
        tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for path in (PACKAGING / "pyproject.toml", ROOT / "pyproject.toml")
    )
    for name in ("version", "requires-python"):
        assert own[name] == book[name]
    # The book has a font, too, which the package has not.
    assert book["license"] == f"{own['license']} AND OFL-1.1"
    text = (PACKAGING / "LICENSE").read_text(encoding="utf-8")
    assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")
    # The pins of the book lie within the bounds of the package, name by name.
    bounds = dict(requirement.split(">=") for requirement in own["dependencies"])
    pins = dict(requirement.split("==") for requirement in book["dependencies"])
    assert bounds.keys() == pins.keys()
    for name, bound in bounds.items():
        assert [int(n) for n in pins[name].split(".")] >= [int(n) for n in bound.split(".")]
