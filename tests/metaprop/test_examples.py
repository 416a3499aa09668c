"""The examples in docstrings say what the functions return, and no public function lacks one."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import metaprop
from metaprop import forensics, simulation, survival

MODULES = {
    "metaprop": metaprop,
    "metaprop.forensics": forensics,
    "metaprop.simulation": simulation,
    "metaprop.survival": survival,
}
FUNCTIONS = {
    f"{prefix}.{name}": getattr(module, name)
    for prefix, module in MODULES.items()
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
}
DOCUMENTED = {**FUNCTIONS, "metaprop.Recipe": metaprop.Recipe}


def examples(name: str, documented: Any) -> list[doctest.DocTest]:
    """Find the examples of one object; they see nothing but what they import themselves."""
    found = doctest.DocTestFinder(recurse=False).find(documented, name, globs={})
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_print_what_the_docstring_shows(name: str) -> None:
    tests = examples(name, DOCUMENTED[name])
    assert tests, f"{name} has no example in its docstring"
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        assert any(example.want for example in test.examples), f"{name}: no example shows a result"
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("prefix", MODULES)
def test_each_module_has_public_functions_to_check(prefix: str) -> None:
    assert any(name.rpartition(".")[0] == prefix for name in FUNCTIONS)


def test_a_wrong_result_is_reported() -> None:
    def wrong() -> None:
        """Show a result that is not so.

        >>> import metaprop
        >>> metaprop.harmonic_mean([10, 10])
        11.0
        """

    (test,) = examples("wrong", wrong)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=lambda text: None)
    assert runner.failures == 1
