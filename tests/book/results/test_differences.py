"""What moved between two editions, and how much of it is due to rows, rules and code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook.book import Book
from reviewbook.book.results import shares as shares_module
from reviewbook.book.results import telling
from reviewbook.book.results.collect import results_of, write_results
from reviewbook.book.results.document import RESULTS
from reviewbook.book.results.moves import Move, moves, row_moves, setting_moves
from reviewbook.book.results.numbers import Numbers, numbers_of
from reviewbook.book.results.shares import (
    CODE,
    ROWS,
    RULES,
    Share,
    commit_of,
    shares_between,
    sums_up,
)
from reviewbook.commands import main

CR = "before_article/complete_remission"
CHANGED = {"report_id": "li_2023", "outcome": "complete_remission", "preferred": "yes"}


def plain(book: Book) -> dict:
    return results_of(book).model_dump(mode="json")


@pytest.fixture(scope="module")
def two(book: Book, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """Return the results here, and those with one event less, another rule and another recipe."""
    copy = ReviewCopy(tmp_path_factory.mktemp("edition") / "review")
    line = copy.line_of("outcomes.csv", **CHANGED)
    copy.put("outcomes.csv", line, events="10", derivation="")
    copy.replace("review.toml", 'ci = "wald"\ni2 = "q"\n\n[recipes.raw]', "\n\n[recipes.raw]")
    return plain(book), plain(copy.book())


def test_an_edition_does_not_differ_from_itself(two: tuple[dict, dict]) -> None:
    numbers = numbers_of(two[0])
    assert moves(numbers, numbers) == row_moves(numbers, numbers) == []
    assert list(setting_moves(two[0], two[0])) == []


def test_a_changed_count_moves_its_pools_and_names_its_row(two: tuple[dict, dict]) -> None:
    old, new = map(numbers_of, two)
    found = {one.name: one for one in moves(old, new)}
    assert found[CR].old == [12, 162, 196]
    assert found[CR].new == [12, 161, 196]
    glmm = found[f"{CR} glmm"]
    assert glmm.change == pytest.approx(new["estimates"][glmm.name][0] - glmm.old[0], abs=0)
    assert glmm.change < 0
    assert "all_public/crs_any glmm" not in found
    rows = row_moves(old, new)
    assert [("left" if one.left else "entered", one.row.rsplit("|", 2)[1:]) for one in rows] == [
        ("entered", ["10", "12"]),
        ("left", ["11", "12"]),
    ]
    assert rows[0].entered == (CR, "all_public/complete_remission")
    told = list(setting_moves(*two))
    assert "data/outcomes.csv: changed" in told
    assert "recipe comparison, i2: q -> tau2" in told


def test_small_moves_are_told_with_their_sign() -> None:
    assert str(Move("estimates", "s/o glmm", [0.5, 0.4, 0.6], [0.51, 0.4, 0.6])).endswith(
        "50.00% (40.00% to 60.00%) -> 51.00% (40.00% to 60.00%) (+1.00 points)"
    )
    assert "(−0.000100 points)" in str(Move("estimates", "x", [0.5, 0, 1], [0.499999, 0, 1]))
    assert "absent -> high" in str(Move("words", "certainty of x", None, "high"))
    assert Move("estimates", "x", [0.5, 0, 1], [0.5 + 1e-9, 0, 1]).negligible
    assert not Move("estimates", "x", [0.5, 0, 1], [0.5, 0, 0.99]).negligible


def test_what_one_edition_does_not_have_is_counted_when_it_is_much() -> None:
    moved = [Move("words", "verdict on a", "compatible", "reproduced")]
    new = [Move("words", f"certainty of {i}", None, "low") for i in range(telling.MOST_ALONE)]
    assert len(list(telling._told([*moved, *new]))) == telling.MOST_ALONE + 1
    more = Move("words", "certainty of x", None, "low")
    assert list(telling._told([*moved, *new, more])) == [
        str(moved[0]),
        f"{telling.MOST_ALONE + 1} more are there in one of the two editions only",
    ]


def test_two_sites_are_compared_by_folder_or_file(
    two: tuple[dict, dict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = []
    for name, document in zip(("old", "new"), two, strict=True):
        (tmp_path / name).mkdir()
        places.append(tmp_path / name / RESULTS)
        places[-1].write_text(json.dumps(document), encoding="utf-8")
    assert main(["diff", str(places[0].parent), str(places[1])]) == 0
    text = capsys.readouterr().out
    assert f"{CR}: 162/196 in 12 cohorts -> 161/196 in 12 cohorts" in text
    assert "data/outcomes.csv: changed" in text
    assert "Shares" not in text


def test_shares_that_do_not_add_up_are_an_error() -> None:
    def state(value: float) -> Numbers:
        return {"estimates": {"x": [value, 0.0, 1.0]}, "counts": {}, "rows": {}, "words": {}}

    whole = [Share((ROWS,), state(0.1), state(0.4)), Share((RULES, CODE), state(0.4), state(0.2))]
    assert sums_up(whole, "x") == pytest.approx(0.1, abs=1e-15)
    assert [share.of("x") for share in whole] == pytest.approx([0.3, -0.2])
    assert whole[0].of("y") is None
    torn = [whole[0], Share((RULES, CODE), state(0.3), state(0.2))]
    with pytest.raises(AssertionError):
        sums_up(torn, "x")


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@somebody.example"]
    done = subprocess.run(
        ["git", "-C", str(root), *who, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> ReviewCopy:
    """Return a repository with two commits: the second has another row, rule and code.

    Its libraries cannot write results, so that they are run as those of an older edition.
    """
    copy = ReviewCopy(tmp_path / "repository")
    unwanted = shutil.ignore_patterns("__pycache__", "results")
    shutil.copytree(ROOT / "lib", copy.root / "lib", ignore=unwanted)
    git(copy.root, "init", "-q")
    git(copy.root, "add", "-A")
    git(copy.root, "commit", "-qm", "one")
    line = copy.line_of("outcomes.csv", **CHANGED)
    copy.put("outcomes.csv", line, events="10", derivation="")
    copy.replace("review.toml", '"2024-12-31"\npeer_reviewed', '"2023-12-31"\npeer_reviewed')
    path = copy.root / "lib" / "reviewbook" / "pooling" / "selection.py"
    text, old = path.read_text(encoding="utf-8"), "return self.included[column].to_numpy("
    assert text.count(old) == 1
    path.write_text(text.replace(old, "return 2 * self.included[column].to_numpy("))
    git(copy.root, "commit", "-qam", "two")
    return copy


@pytest.mark.slow
def test_shares_of_two_commits_add_up_and_name_what_caused_them(
    repository: ReviewCopy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = shares_between(repository.root, "HEAD~1", "HEAD")
    assert [share.steps for share in shares] == [(ROWS,), (RULES,), (CODE,)]
    name = f"{CR} glmm"
    assert all(share.of(name) not in (None, 0.0) for share in shares[:2])
    start, end = shares[0].before, shares[2].after
    whole = end["estimates"][name][0] - start["estimates"][name][0]
    assert sums_up(shares, name) == pytest.approx(whole, abs=1e-12)
    assert shares[0].after["counts"][CR] == [12, 161, 196], "rows of the newer, rules of the older"
    assert shares[1].after["counts"][CR][0] < 12
    assert shares[2].after["counts"][CR][1] == 2 * shares[1].after["counts"][CR][1]
    # What only one of the three touches is all its own.
    width = [share.of("all_public/crs_any comparison") for share in shares]
    assert width[:2] == [0.0, 0.0]
    assert width[2] not in (None, 0.0)
    assert git(repository.root, "status", "--porcelain") == ""
    assert git(repository.root, "worktree", "list").count("\n") == 1
    monkeypatch.setattr(telling, "shares_between", lambda *_, **__: shares)
    monkeypatch.chdir(repository.root)
    assert main(["diff", "HEAD~1", "HEAD"]) == 0
    text = capsys.readouterr().out
    assert telling.ORDER in text
    assert "add up to its whole change" in text


def commit_settings(root: Path) -> None:
    """Make a repository of empty settings and an empty package."""
    (root / "data").mkdir()
    (root / "data" / "review.toml").write_text("", encoding="utf-8")
    (root / "lib" / "reviewbook").mkdir(parents=True)
    (root / "lib" / "reviewbook" / "__init__.py").write_text("", encoding="utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")


@pytest.mark.parametrize(
    ("broken", "steps"),
    [
        ((), [(ROWS,), (RULES,), (CODE,)]),
        ((1,), [(ROWS, RULES), (CODE,)]),
        ((2,), [(ROWS,), (RULES, CODE)]),
        ((1, 2), [(ROWS, RULES, CODE)]),
    ],
)
def test_what_the_older_edition_cannot_run_is_joined_with_the_next_step(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: tuple[int, ...],
    steps: list[tuple[str, ...]],
) -> None:
    commit_settings(tmp_path)

    def run(code: Path, rules: Path, rows: Path, _: Path) -> Numbers:
        number = sum(one.name == "new" for one in (code, rules, rows))
        if number in broken:
            raise ValueError(f"the run failed: state {number}")
        estimates = {"x": [number**2 / 10, 0.0, 1.0]}
        return {"estimates": estimates, "counts": {}, "rows": {}, "words": {}}

    monkeypatch.setattr(shares_module, "_run", run)
    shares = shares_between(tmp_path, "HEAD", "HEAD")
    assert [share.steps for share in shares] == steps
    assert sums_up(shares, "x") == pytest.approx(0.9)
    for share in shares:
        assert bool(share.why_joined) == (len(share.steps) > 1)
    told = "\n".join(telling._between_commits(shares))
    assert told.count("cannot be told apart: the older edition does not run") == bool(broken)


@pytest.mark.parametrize("broken", [0, 3])
def test_an_edition_that_cannot_be_run_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    commit_settings(tmp_path)
    with pytest.raises(ValueError, match="the run failed: ModuleNotFoundError"):
        shares_module._run(tmp_path, tmp_path, tmp_path, tmp_path)

    def run(code: Path, rules: Path, rows: Path, _: Path) -> Numbers:
        if sum(one.name == "new" for one in (code, rules, rows)) == broken:
            raise ValueError("the run failed: here")
        return {"estimates": {}, "counts": {}, "rows": {}, "words": {}}

    monkeypatch.setattr(shares_module, "_run", run)
    with pytest.raises(ValueError, match="the run failed: here"):
        shares_between(tmp_path, "HEAD", "HEAD")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HEAD", "no-such-branch", "'no-such-branch' is neither a site with results.json nor a"),
        ("data", "HEAD", "data is a file or folder and 'HEAD' is not; expected two sites"),
        ("data", "data", "data/results.json: no such file; expected a site with results.json"),
    ],
)
def test_what_cannot_be_compared_is_named(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    message: str,
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["diff", old, new]) == 1
    assert message in capsys.readouterr().err


def test_a_commit_without_a_book_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    with pytest.raises(ValueError, match=r"holds no data/review\.toml; expected a book"):
        shares_between(tmp_path, "HEAD", "HEAD")


def test_outside_a_repository_there_are_no_commits(copy: ReviewCopy) -> None:
    with pytest.raises(ValueError, match="is no git repository; expected a clone"):
        commit_of(copy.root, "HEAD")


def test_a_site_without_results_is_named(copy: ReviewCopy, book: Book) -> None:
    (copy.root / "site").mkdir()
    with pytest.raises(FileNotFoundError):
        write_results(book, copy.root / "nowhere")
    assert main(["diff", str(copy.root / "site"), str(copy.root / "site")]) == 1
