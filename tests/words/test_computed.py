"""What is found again on disk is what would be computed, and nothing else is ever found."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

import metaprop
from metaprop import Recipe
from reviewbook import words
from reviewbook.words import computed as module
from reviewbook.words.computed import VARIABLE, computed, key, sweep

EVENTS, TOTALS = np.array([3, 9, 0]), np.array([7, 10, 5])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "computed"))
    return tmp_path / "computed"


def test_what_is_found_again_is_what_was_computed(folder: Path) -> None:
    asked = metaprop.pool, EVENTS, TOTALS, Recipe(method="GLMM")
    first, second = computed(*asked), computed(*asked)
    direct = metaprop.pool(EVENTS, TOTALS, Recipe(method="GLMM"))
    assert second is not first
    assert second.proportion == first.proportion == direct.proportion
    assert second.recipe == direct.recipe
    (path,) = folder.iterdir()
    assert path.name == key(*asked)


def test_it_is_not_computed_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed(metaprop.pool, EVENTS, TOTALS, Recipe())
    (path,) = folder.iterdir()
    path.write_bytes(pickle.dumps("what another process computed"))
    assert computed(metaprop.pool, EVENTS, TOTALS, Recipe()) == "what another process computed"


@pytest.mark.parametrize(
    "other",
    [
        (metaprop.pool, np.array([4, 9, 0]), TOTALS, Recipe()),
        (metaprop.pool, EVENTS, np.array([7, 10, 6]), Recipe()),
        (metaprop.pool, EVENTS, TOTALS, Recipe(level=0.9)),
        (metaprop.pool, EVENTS, TOTALS, Recipe(method="DL")),
        (metaprop.pool, EVENTS.astype(float), TOTALS, Recipe()),
        (metaprop.pool, EVENTS, TOTALS),
        (metaprop.pool_glmm, EVENTS, TOTALS, Recipe()),
        (metaprop.pool, EVENTS[[1, 0, 2]], TOTALS, Recipe()),
    ],
)
def test_another_question_has_another_key(other: tuple[object, ...]) -> None:
    assert key(*other) != key(metaprop.pool, EVENTS, TOTALS, Recipe())


def test_numbers_and_equal_lists_have_one_key_whatever_holds_them() -> None:
    as_python = key(metaprop.prediction_interval, (3, 9), [7, 10], level=0.95)
    as_numpy = key(metaprop.prediction_interval, [np.int64(3), 9], (7, 10), level=np.float64(0.95))
    assert as_numpy == as_python


def test_other_code_has_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(metaprop.pool, EVENTS, TOTALS)
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("x = 1\n")
    monkeypatch.setattr(metaprop, "__path__", [str(tmp_path)])
    keys = set()
    for text in ("x = 1\n", "x = 2\n"):
        (tmp_path / "two.py").write_text(text)
        module._code.cache_clear()
        keys.add(key(metaprop.pool, EVENTS, TOTALS))
        keys.add(key(words.count, 3, "cohort"))
    monkeypatch.undo()
    module._code.cache_clear()
    assert len(keys | {before}) == 5
    assert key(metaprop.pool, EVENTS, TOTALS) == before


def test_a_file_that_is_no_result_is_computed_anew(folder: Path) -> None:
    whole = computed(metaprop.pool, EVENTS, TOTALS, Recipe())
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:40])
    again = computed(metaprop.pool, EVENTS, TOTALS, Recipe())
    assert again.proportion == whole.proportion
    assert pickle.loads(path.read_bytes()).proportion == whole.proportion


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "computed"))
    assert computed(metaprop.pool, EVENTS, TOTALS, Recipe()).k == 3


def test_errors_are_those_of_the_function_and_are_not_kept(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="events"):
            computed(metaprop.pool, [8], [7], Recipe())
    assert not folder.exists()


def test_only_functions_of_which_all_code_is_known() -> None:
    with pytest.raises(TypeError, match="a function of metaprop or reviewbook was expected"):
        key(len, [1])
    with pytest.raises(TypeError, match="got <object"):
        key(metaprop.pool, object())


def test_what_no_build_asks_for_is_deleted_after_a_month(folder: Path) -> None:
    computed(metaprop.pool, EVENTS, TOTALS, Recipe())
    (path,) = folder.iterdir()
    old = folder / "old"
    old.touch()
    month = time.time() - 31 * 86_400
    for one in (path, old):
        os.utime(one, (month, month))
    computed(metaprop.pool, EVENTS, TOTALS, Recipe())
    sweep(folder)
    assert list(folder.iterdir()) == [path]
