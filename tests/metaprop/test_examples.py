"""The examples in docstrings say what the functions return, and no public function lacks one."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import re
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
CLASSES = {
    f"{prefix}.{name}": getattr(module, name)
    for prefix, module in MODULES.items()
    for name in module.__all__
    if inspect.isclass(getattr(module, name))
}


def examples(name: str, documented: Any) -> list[doctest.DocTest]:
    """Find the examples of one object and, in a class, of its methods.

    They see nothing but what they import themselves.
    """
    found = doctest.DocTestFinder().find(documented, name, globs={})
    return [test for test in found if test.examples]


# Classes whose own docstring, or that of a method, has an example.
SHOWN = {name: found for name, found in CLASSES.items() if examples(name, found)}
DOCUMENTED = {**FUNCTIONS, **SHOWN}


def _returned(function: Any) -> set[str]:
    """Return the names in the return annotation of a function or method."""
    return set(re.findall(r"\w+", str(inspect.signature(function).return_annotation)))


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_is_shown_or_returned_by_an_example(name: str) -> None:
    """A class of results is shown by what returns it, or by the result of which it is a part."""
    short = name.rpartition(".")[2]
    methods = [
        method
        for found in CLASSES.values()
        for _, method in inspect.getmembers(found, inspect.isfunction)
        if not method.__name__.startswith("_") and ">>>" in (method.__doc__ or "")
    ]
    parts = {
        word
        for found in CLASSES.values()
        if dataclasses.is_dataclass(found)
        for field in dataclasses.fields(found)
        for word in re.findall(r"\w+", str(field.type))
    }
    assert (
        name in SHOWN
        or short in parts
        or any(short in _returned(function) for function in (*FUNCTIONS.values(), *methods))
    ), f"{name} is in no example"


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
