"""Change a module in small ways and see whether its tests notice.

Run by hand: ``python bench/mutants.py lib/metaprop/tau2.py tests/metaprop/test_tau2.py``. Each
mutant has one comparison, operator, constant, keyword or return changed; the tests named run
against it with a time limit, in a copy of the library, until one fails. A mutant that survives is
either equivalent to the original (then a comment or this list says why) or a test that is missing.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Loaded once for all mutants.
import hypothesis.strategies  # noqa: F401
import pandas  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import statsmodels.stats.proportion  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATE: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
Change = Callable[[], str]


def changes(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    """Yield the line of every possible change and a function that makes it and describes it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield node.lineno, lambda node=node: _compare(node)
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATE:
            yield node.lineno, lambda node=node: _operate(node)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            yield node.lineno, lambda node=node: _constant(node)
        elif isinstance(node, ast.BoolOp):
            yield node.lineno, lambda node=node: _boolean(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield node.lineno, lambda node=node: _sign(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("min", "max"):
            yield node.lineno, lambda node=node: _extreme(node)


def _compare(node: ast.Compare) -> str:
    before = type(node.ops[0])
    node.ops[0] = COMPARE[before]()
    return f"{before.__name__} -> {type(node.ops[0]).__name__}"


def _operate(node: ast.BinOp) -> str:
    before = type(node.op)
    node.op = OPERATE[before]()
    return f"{before.__name__} -> {type(node.op).__name__}"


def _constant(node: ast.Constant) -> str:
    before = node.value
    node.value = not before if isinstance(before, bool) else before + 1  # type: ignore[operator]
    return f"{before} -> {node.value}"


def _boolean(node: ast.BoolOp) -> str:
    before = type(node.op)
    node.op = ast.Or() if before is ast.And else ast.And()
    return f"{before.__name__} -> {type(node.op).__name__}"


def _sign(node: ast.UnaryOp) -> str:
    node.op = ast.UAdd()
    return "-x -> +x"


def _extreme(node: ast.Call) -> str:
    name = node.func.id  # type: ignore[attr-defined]
    node.func.id = "max" if name == "min" else "min"  # type: ignore[attr-defined]
    return f"{name} -> {node.func.id}"  # type: ignore[attr-defined]


def verdict(lib: Path, tests: list[str], seconds: float) -> str:
    """Return whether a test fails with the library of a folder, none does, or time runs out.

    The tests run in a fork of this process, which has loaded everything but the library.
    """
    child = os.fork()
    if child == 0:
        os._exit(_run(lib, tests))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            # 1: a test failed; 2 and 4: the module cannot be imported, by a test or a conftest.
            if code not in (0, 1, 2, 4):
                raise RuntimeError(f"pytest ended with {code}")
            return "SURVIVED" if code == 0 else "killed"
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"  # a loop that does not end is noticed, as long as the limit is generous


def _run(lib: Path, tests: list[str]) -> int:
    """Run tests in this process with the library of a folder, and return pytest's exit code."""
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
        sys.path.insert(0, str(lib))
        os.environ["PYTHONPATH"] = str(lib)
        os.chdir(ROOT)
        return int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests]))


def hunt(module: Path, tests: list[str], chosen: list[int], seconds: float) -> list[str]:
    """Return a line for each mutant chosen: what became of it, its number, and the change."""
    source = (ROOT / module).read_text(encoding="utf-8")
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        lib = Path(folder) / "lib"
        shutil.copytree(ROOT / "lib", lib, ignore=shutil.ignore_patterns("__pycache__"))
        target = Path(folder) / module
        if verdict(lib, tests, seconds) != "SURVIVED":
            raise SystemExit("the tests fail, or are too slow, without any change")
        for number in chosen:
            tree = ast.parse(source)
            line, change = list(changes(tree))[number]
            text = change()
            target.write_text(ast.unparse(tree), encoding="utf-8")
            for stale in target.parent.glob(f"__pycache__/{target.stem}.*.pyc"):
                stale.unlink()  # its time stamp may be that of the mutant before
            found = verdict(lib, tests, seconds)
            before = source.splitlines()[line - 1].strip()
            lines.append(f"{found:8} {number:4} line {line}: {text}    {before}")
            print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", type=Path, help="such as lib/metaprop/tau2.py")
    parser.add_argument("tests", nargs="+", help="test files or names of tests")
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1, help="which part of the sample, from 1")
    parser.add_argument("--of", type=int, default=1, help="into how many parts it is dealt")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for one mutant")
    parser.add_argument("--only", type=int, nargs="+", help="numbers of mutants, not a sample")
    options = parser.parse_args()
    count = len(list(changes(ast.parse((ROOT / options.module).read_text(encoding="utf-8")))))
    drawn = random.Random(options.seed).sample(range(count), min(options.sample, count))
    part = sorted(drawn)[options.batch - 1 :: options.of]
    found = hunt(options.module, options.tests, options.only or part, options.seconds)
    killed = sum(not line.startswith("SURVIVED") for line in found)
    print(f"{killed} of {len(found)} mutants killed")
