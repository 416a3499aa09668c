"""Run the field cases: what users of other programs ran into, with right values.

``tests/reference/field_cases_open.json`` holds the cases and says in ``format`` how they are
written. A case has one or more calls, and what is expected of their result, error or note; one
right call is enough. A case of a capability has inputs instead; ``field_bindings.json`` says which
call takes them, ``"$name"`` standing for an input, and where in the result each output is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import math
import pkgutil
import re
import signal
import tempfile
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import metaprop

RESERVED = {
    "raises",
    "raises_lacks",
    "raises_longest",
    "note_matches",
    "note_lacks",
    "any_of",
    "all_of",
}
SECONDS = 240
REFERENCE = Path(__file__).resolve().parent.parent / "reference"


class Wrong(AssertionError):
    """What was expected and what came."""


def function(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    if not module.startswith(("metaprop", "reviewbook")):
        module = f"metaprop.{module}" if module else "metaprop"
    parts = module.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return getattr(found, attribute)
    raise AttributeError(name)


def _preset(mark: dict[str, Any]) -> Any:
    preset = metaprop.Recipe.preset(mark["__preset__"])
    return dataclasses.replace(preset, **mark.get("but", {}))


def _series(mark: dict[str, Any]) -> Any:
    values = build(mark["__series__"])
    return pd.Series(values, index=mark.get("index"), dtype=mark.get("dtype"))


# Mark of a dict → what stands for it among the arguments.
MARKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "__recipe__": lambda m: metaprop.Recipe(**m["__recipe__"]),
    "__preset__": _preset,
    "__prior__": lambda m: getattr(metaprop, m["__prior__"][0])(*m["__prior__"][1:]),
    "__array__": lambda m: np.array(build(m["__array__"]), dtype=m.get("dtype")),
    "__scalar__": lambda m: np.dtype(m["dtype"]).type(m["__scalar__"]),
    "__float__": lambda m: float(m["__float__"]),
    "__int__": lambda m: int(m["__int__"]),
    "__generator__": lambda m: (item for item in m["__generator__"]),
    "__dict_values__": lambda m: dict(enumerate(m["__dict_values__"])).values(),
    "__set__": lambda m: set(m["__set__"]),
    "__tuple__": lambda m: tuple(build(item) for item in m["__tuple__"]),
    "__series__": _series,
    "__frame__": lambda m: pd.DataFrame(m["__frame__"]),
    "__repeat__": lambda m: [build(item) for item in m["__repeat__"]] * m["times"],
    # An intercept and a column that is different in every row.
    "__design__": lambda m: [[1.0, (i % 7) + i * 1e-3] for i in range(m["__design__"])],
    "__ramp__": lambda m: [i / m["__ramp__"] for i in range(m["__ramp__"])],
}


def build(value: Any) -> Any:
    """Turn plain JSON with marked dicts into arguments."""
    if isinstance(value, list):
        return [build(item) for item in value]
    if not isinstance(value, dict):
        return value
    for mark, make in MARKS.items():
        if mark in value:
            return make(value)
    return {key: build(item) for key, item in value.items()}


def anywhere(name: str) -> Any:
    """A function of the review book, in whichever module it stands."""
    reviewbook = importlib.import_module("reviewbook")
    for info in pkgutil.walk_packages(reviewbook.__path__, "reviewbook."):
        if "sphinxext" in info.name or "__main__" in info.name:
            continue
        found = getattr(importlib.import_module(info.name), name, None)
        if found is not None:
            return found
    raise AttributeError(name)


def read_file(spec: dict[str, Any]) -> Any:
    """Give a file to the review book's reader of the article's study table."""
    read_article_table, load_review = anywhere("read_article_table"), anywhere("load_review")

    raw = (
        spec["text"].replace("\n", spec.get("newline", "\n")).encode(spec.get("encoding", "utf-8"))
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "article_study_table.csv"
        path.write_bytes(raw)
        found = read_article_table(path, load_review())
    table, problems = found[0], found[1]
    texts = [str(problem) for problem in problems]
    notes = [str(note) for extra in found[2:] for note in extra] + [
        str(n) for n in getattr(table, "notes", ())
    ]
    return types.SimpleNamespace(
        rows=list(table.rows), problems=texts, text=" | ".join(texts), notes=notes
    )


def perform(call: dict[str, Any]) -> Any:
    name = call["function"]
    if name == "reviewbook.read_article_table":
        return read_file(call["file"])
    if name == "len_repr":  # how a result shows itself
        return repr(perform(call["of"]))
    if name == "chain":  # the result of one call, then a method of it
        found = perform(call["of"])
        method = getattr(found, call["method"])
        return (
            method(*build(call.get("args", [])), **build(call.get("kwargs", {})))
            if callable(method)
            else method
        )
    found = function(name)
    if not callable(found):
        return found
    return found(*build(call.get("args", [])), **build(call.get("kwargs", {})))


def resolve(found: Any, path: str) -> Any:
    for token in [t for t in path.split(".") if t]:
        if token == "#len":
            found = len(found)
        elif token == "#str":
            found = found.to_string() if isinstance(found, pd.DataFrame | pd.Series) else str(found)
        elif token in ("#min", "#max", "#mean"):
            found = getattr(np.asarray(found, dtype=float), token[1:])()
        elif token == "#last":
            found = found.iloc[-1] if isinstance(found, pd.Series) else found[-1]
        elif token == "#first":
            found = next(iter(found.values())) if isinstance(found, dict) else found[0]
        elif isinstance(found, pd.DataFrame):
            found = found.index if token == "index" else found[token]
        elif isinstance(found, pd.Series | pd.Index):
            found = found.iloc[int(token)] if isinstance(found, pd.Series) else found[int(token)]
        elif isinstance(found, dict):
            found = found[token] if token in found else found[type(next(iter(found)))(token)]
        elif re.fullmatch(r"-?\d+", token):
            found = list(found)[int(token)]
        else:
            found = getattr(found, token)
    return found


def missing(value: Any) -> bool:
    return (
        value is None
        or value is pd.NA
        or (isinstance(value, float | np.floating) and math.isnan(value))
    )


def _numbers(value: Any, spec: dict[str, Any], path: str) -> None:
    want = np.asarray(spec.get("value", spec.get("list")), dtype=float)
    items = np.ravel(np.asarray(value, dtype=object))
    try:
        have = np.array([np.nan if missing(x) else float(x) for x in items]).reshape(want.shape)
    except (TypeError, ValueError) as error:
        raise Wrong(f"{path} is {value!r}: {error}") from None
    slack = spec.get("tol", 0.0) + spec.get("rtol", 0.0) * np.abs(want)
    if not (np.abs(have - want) <= slack).all():
        got, right = (np.ravel(numbers)[:4].tolist() for numbers in (have, want))
        raise Wrong(f"{path} is {got}, expected {right} within {np.ravel(slack)[0]:g}")


def _same(value: Any, want: Any, path: str) -> None:
    have = value
    if isinstance(value, np.ndarray | np.generic):
        have = value.tolist()
    elif isinstance(value, tuple | pd.Index):
        have = list(value)
    if have != want or isinstance(have, bool) != isinstance(want, bool):
        raise Wrong(f"{path} is {have!r}, expected {want!r}")


def check(value: Any, spec: Any, path: str) -> None:
    """Raise Wrong unless a value is as specified."""
    if not isinstance(spec, dict):
        spec = {"is": spec}
    if "any" in spec:
        one_of([lambda option=option: check(value, option, path) for option in spec["any"]])
        return
    if "isnan" in spec and missing(value) != spec["isnan"]:
        raise Wrong(f"{path} is {value!r}, {'no' if spec['isnan'] else 'a'} number was expected")
    if "value" in spec or "list" in spec:
        _numbers(value, spec, path)
    if "min" in spec or "max" in spec:
        low, high = spec.get("min", -math.inf), spec.get("max", math.inf)
        if missing(value) or not low <= float(value) <= high:
            raise Wrong(f"{path} is {value!r}, not from {low} to {high}")
    if "is" in spec:
        _same(value, spec["is"], path)
    if "matches" in spec and not re.search(spec["matches"], str(value)):
        raise Wrong(f"{path} is {str(value)[:160]!r}, which lacks {spec['matches']!r}")
    absent = [word for word in spec.get("contains", []) if word not in str(value)]
    if absent:
        raise Wrong(f"{path} lacks {absent}")


def one_of(attempts: Iterable[Callable[[], None]]) -> None:
    """Raise Wrong, with every reason, unless one of the attempts raises nothing."""
    reasons = []
    for one in attempts:
        try:
            return one()
        except Wrong as reason:
            reasons.append(str(reason))
    raise Wrong(" | ".join(dict.fromkeys(reasons)))


def notes_of(found: Any, told: list[str], depth: int = 0) -> list[str]:
    texts = list(told) if depth == 0 else []
    if isinstance(found, pd.DataFrame):
        texts += [str(v) for v in found.attrs.values()]
        for column in ("note", "notes"):
            if column in found:
                texts += [str(v) for v in found[column] if v]
        return texts
    if isinstance(found, dict):
        for item in found.values():
            texts += notes_of(item, [], depth + 1)
        return texts
    for name in ("note", "notes", "caution", "cautions", "warning", "warnings"):
        value = getattr(found, name, None)
        if isinstance(value, str):
            texts += [value] if value else []
        elif isinstance(value, list | tuple):
            texts += [str(v) for v in value]
    if depth < 2:
        for name in ("pooled", "groups"):
            inner = getattr(found, name, None)
            if inner is not None and not isinstance(inner, list | tuple):
                texts += notes_of(inner, [], depth + 1)
    return texts


@dataclasses.dataclass
class Outcome:
    result: Any = None
    error: BaseException | None = None
    told: list[str] = dataclasses.field(default_factory=list)


def judge(outcome: Outcome, expect: dict[str, Any], paths: dict[str, str] | None = None) -> None:
    """Raise Wrong unless result, error and notes are what is expected."""
    if "any_of" in expect:
        one_of([lambda part=part: judge(outcome, part, paths) for part in expect["any_of"]])
    for part in expect.get("all_of", []):
        judge(outcome, part, paths)
    values = {key: spec for key, spec in expect.items() if key not in RESERVED}
    notes = {"note_matches", "note_lacks"} & expect.keys()
    if "raises" in expect:
        _judge_error(outcome.error, expect)
    elif outcome.error is not None and (values or notes):
        raise Wrong(f"{type(outcome.error).__name__}: {str(outcome.error)[:140]}")
    if notes:
        text = " ; ".join(notes_of(outcome.result, outcome.told))
        if not re.search(expect.get("note_matches", ""), text):
            raise Wrong(f"no caution like {expect['note_matches']!r}: {text[:120]!r}")
        if "note_lacks" in expect and re.search(expect["note_lacks"], text):
            raise Wrong(f"a caution that is not called for: {text[:160]!r}")
    for path, spec in values.items():
        where = (paths or {}).get(path, path)
        try:
            value = resolve(outcome.result, where)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, StopIteration) as why:
            raise Wrong(f"no {where!r} in the result ({type(why).__name__})") from None
        check(value, spec, where)


def _judge_error(error: BaseException | None, expect: dict[str, Any]) -> None:
    if error is None:
        raise Wrong("no error was raised")
    text = str(error)
    if not isinstance(error, ValueError):
        raise Wrong(f"{type(error).__name__}: {text[:120]} instead of a ValueError")
    if not re.search(expect["raises"], text):
        raise Wrong(f"the message {text[:160]!r} lacks {expect['raises']!r}")
    if "raises_lacks" in expect and re.search(expect["raises_lacks"], text):
        raise Wrong(f"the message {text[:160]!r} has {expect['raises_lacks']!r}")
    if len(text) > expect.get("raises_longest", 10**9):
        raise Wrong(f"the message has {len(text)} characters")


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempt(call: dict[str, Any]) -> Outcome:
    outcome = Outcome()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with time_limit(SECONDS):
                outcome.result = perform(call)
        except Exception as error:  # noqa: BLE001 - whatever a call raises is judged
            outcome.error = error
    outcome.told = [
        str(w.message) for w in caught if not issubclass(w.category, DeprecationWarning)
    ]
    return outcome


def fill(template: Any, inputs: dict[str, Any]) -> Any:
    if isinstance(template, str) and template.startswith("$"):
        return inputs[template[1:]]
    if isinstance(template, list):
        return [fill(item, inputs) for item in template]
    if isinstance(template, dict):
        return {key: fill(item, inputs) for key, item in template.items()}
    return template


def run(case: dict[str, Any], bindings: dict[str, Any]) -> None:
    """Raise Wrong unless the case is right."""
    tries: list[tuple[dict[str, Any], dict[str, str] | None]] = []
    bound = bindings.get(case.get("capability", ""), [])
    for binding in bound if isinstance(bound, list) else [bound]:
        with contextlib.suppress(KeyError):  # the binding needs an input that the case has not
            tries.append((fill(binding["call"], case["inputs"]), binding.get("paths")))
    tries += [
        (call, None) for call in ([case["call"]] if "call" in case else case.get("calls", []))
    ]
    if not tries:
        raise Wrong("no such function yet (give a binding)")
    one_of(
        lambda call=call, paths=paths: judge(attempt(call), case["expect"], paths)
        for call, paths in tries
    )


def cases() -> list[dict[str, Any]]:
    """Return all open cases."""
    text = (REFERENCE / "field_cases_open.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["cases"]
    return found


def bindings() -> dict[str, Any]:
    """Return how the capabilities are called."""
    text = (REFERENCE / "field_bindings.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
