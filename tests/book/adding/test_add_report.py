"""A report is added whole or not at all, by the checks of the evidence, and says what it moves."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from review_copy import ROOT, ReviewCopy
from reviewbook.book.adding import add
from reviewbook.book.living.updates import new_reports
from reviewbook.book.results.collect import results_of
from reviewbook.book.results.numbers import Numbers
from reviewbook.commands import commands, main
from reviewbook.evidence.rows import records_of

GUIDE = (ROOT / "docs" / "adding-a-report.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[1]  # type: ignore[index]
NOTHING: Numbers = {"estimates": {}, "counts": {}, "rows": {}, "words": {}}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the numbers, which take seconds: this test is of checks and files."""
    monkeypatch.setattr(add, "numbers", lambda *_: NOTHING)
    monkeypatch.setattr(add, "numbers_with", lambda *_: NOTHING)


def contents(copy: ReviewCopy) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in copy.data.iterdir() if path.is_file()}


def write_entry(copy: ReviewCopy, text: str = EXAMPLE, *swaps: tuple[str, str]) -> Path:
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = copy.root / "report.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(copy: ReviewCopy, *arguments: str) -> int:
    return main(["add-report", *arguments, "--root", str(copy.root)])


@pytest.mark.slow
def test_an_added_report_changes_exactly_what_its_rows_feed(
    copy: ReviewCopy, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results_of(copy.book())
    entry = write_entry(copy)
    assert run(copy, str(entry), "--dry-run") == 0
    told = capsys.readouterr().out
    assert "Nothing was written." in told
    assert copy.book().evidence.reports["report_id"].iloc[-1] != "example_2026"
    assert run(copy, str(entry)) == 0
    assert capsys.readouterr().out.partition("\n\nAdded")[0] == told.partition("\n\nNothing")[0]
    after = results_of(copy.book())
    assert [pool.id for pool in after.pools] == [pool.id for pool in before.pools]
    fed = {pool.id for pool in after.pools for one in pool.inputs if "example_2026" in one.row}
    assert {"all_public/complete_remission", "all_public/crs_grade3plus"} <= fed
    assert "all_public/complete_remission/cell_source=Donor" in fed
    for old, new in zip(before.pools, after.pools, strict=True):
        # Certainty asks how many of the set are unread, so a new cohort of the set may lower it.
        lower = {"certainty": None}
        if new.id in fed:
            assert old.model_copy(update=lower) != new.model_copy(update=lower), new.id
            assert new.k == old.k + 1
            assert f"{new.id}: {old.events}/{old.total}" in told or "=" in new.id
        else:
            assert old.model_copy(update=lower) == new.model_copy(update=lower), new.id
            assert f"\n{new.id}:" not in told
        if new.set == "before_article":
            assert old == new, "published after the article"
    # Survival is read by a set of its own, so its row feeds the direction on editing in any set,
    # and the statements that this direction bears on.
    by_survival = {"survival_without_editing"}
    by_survival |= {c.id for c in copy.book().review.claims if by_survival & set(c.bears)}
    earlier = [pair for pair in zip(before.claims, after.claims, strict=True)
               if pair[0].set == "before_article"]  # fmt: skip
    changed = {other.claim for one, other in earlier if one != other}
    assert "survival_without_editing" in changed
    assert changed <= by_survival
    assert (before.sets, before.recipes) == (after.sets, after.recipes)
    files = {one.name for one in after.data if one not in before.data}
    assert files == {"reports.csv", "cohorts.csv", "outcomes.csv", "survival.csv",
                       "updates.csv", "references.bib"}  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_rows_are_appended_and_all_that_was_there_stays(copy: ReviewCopy) -> None:
    before = contents(copy)
    assert run(copy, str(write_entry(copy))) == 0
    after = contents(copy)
    assert all(after[name].startswith(before[name]) for name in before)
    rows = copy.rows("outcomes.csv")
    assert dict(zip(rows[0], rows[-2], strict=True))["events"] == "15"
    evidence = copy.book().evidence
    report = records_of(evidence).reports["example_2026"]
    assert (report["year"], report["peer_reviewed"]) == (2026, True)
    assert report["report_name"] == "Example 2026"
    assert evidence.cited_as["example_2026"].who == "Example and Sample"
    assert run(copy, str(copy.root / "report.toml")) == 1, "the same report a second time"
    assert contents(copy) == after


@pytest.mark.usefixtures("quick")
def test_a_report_on_a_known_cohort_and_a_new_one(copy: ReviewCopy) -> None:
    known = (
        '[[cohorts]]\ncohort_id = "gc027_leukemia12"\n\n[[cohorts.outcomes]]\n'
        'outcome = "complete_remission"\nevents = 10\ntotal = 12\npopulation = "infused"\n'
        'timepoint = "best"\nstatus = "reported"\nlocator = "abstract"\n'
        'source_url = "https://report.example/a"\npreferred = false\n'
    )
    cohorts = copy.rows("cohorts.csv")
    assert run(copy, str(write_entry(copy, EXAMPLE + known))) == 0
    assert [row[0] for row in copy.rows("cohorts.csv")[len(cohorts) :]] == ["example_trial"]
    reports = records_of(copy.book().evidence).reports
    assert reports["example_2026"]["cohort_id"] == "example_trial;gc027_leukemia12"
    assert [name for name in reports if name.startswith("example_2026")] == ["example_2026"]
    counts = records_of(copy.book().evidence).counts_of["gc027_leukemia12", "complete_remission"]
    assert [one["events"] for one in counts if one["report_id"] == "example_2026"] == [10]


def entry_of_a_known_report(name: str) -> str:
    """The cohort of the example, as a further one of a report that is there."""
    update, cohorts = EXAMPLE.partition("[report]")[0], EXAMPLE.partition("[[cohorts]]")[2]
    return f'{update}[report]\nreport_id = "{name}"\n\n[[cohorts]]{cohorts}'


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["li_2023", "tan_2023", "ghobadi_2025"])
def test_a_further_cohort_of_a_known_report_extends_its_row_alone(
    name: str, copy: ReviewCopy, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(copy)
    line = copy.line_of("reports.csv", report_id=name)
    head = copy.rows("reports.csv")[0]
    own = copy.rows("reports.csv")[line - 1][head.index("cohort_id")]
    assert run(copy, str(write_entry(copy, entry_of_a_known_report(name)))) == 0
    told = capsys.readouterr().out
    assert f"cohort_id of {name}, '{own}' is now '{own};example_trial'" in told
    after = contents(copy)
    old, new = (files["reports.csv"].decode().split("\n") for files in (before, after))
    changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    assert changed == [line - 1]
    assert new[line - 1] == old[line - 1].replace(f",{own},", f",{own};example_trial,", 1)
    assert after["references.bib"] == before["references.bib"], "cited already"
    for table in ("cohorts.csv", "outcomes.csv", "survival.csv", "updates.csv", "decisions.csv"):
        assert after[table].startswith(before[table])
        assert after[table] != before[table]
    decided = dict(zip(*[copy.rows("decisions.csv")[i] for i in (0, -1)], strict=True))
    assert (decided["row"], decided["column"], decided["old"], decided["new"]) == (
        name, "cohort_id", own, f"{own};example_trial")  # fmt: skip
    selection = copy.book().select("complete_remission", "all_public")
    row = selection.included.set_index("cohort_id").reindex(["example_trial"]).iloc[0]
    assert row["report_id"] == name


@pytest.mark.usefixtures("quick")
def test_a_known_report_that_is_asked_for_gives_what_the_file_gives(
    copy: ReviewCopy, another_copy: Callable[[str], ReviewCopy]
) -> None:
    done = talk(copy, lines(copy, {}, last="y", known="li_2023"))
    assert done.exit_code == 0, done.output
    other = another_copy("by file")
    assert run(other, str(write_entry(other, entry_of_a_known_report("li_2023")))) == 0
    assert contents(copy) == contents(other)


@pytest.mark.usefixtures("quick")
def test_the_pages_on_updates_name_every_cohort_of_a_report(copy: ReviewCopy) -> None:
    second = (
        '[[cohorts]]\ncohort_id = "gc027_leukemia12"\n\n[[cohorts.outcomes]]\n'
        'outcome = "complete_remission"\nevents = 10\ntotal = 12\npopulation = "infused"\n'
        'timepoint = "best"\nstatus = "reported"\nlocator = "abstract"\n'
        'source_url = "https://report.example/a"\npreferred = false\n'
    )
    assert run(copy, str(write_entry(copy, EXAMPLE + second))) == 0
    row = new_reports(copy.book(), "all_public").iloc[-1]
    assert "Invented trial, 20 patients; " in row["label"]
    assert "GC027" in row["label"]


WRONG: dict[str, dict[tuple[str, str], str]] = {
    "single cells": {
        ('"complete_remission"', '"cure"'): "outcome: found 'cure'; expected one of complete_rem",
        ("2026-10-01", "2026-13-01"): "column publication_date: found '2026-13-01'; expected",
        (
            '_url = "https',
            '_url = "ftp',
        ): "source_url: found 'ftp://report.example/abstract'; expect",
        ('label = "Inv', 'label = "=Inv'): "label: found '=Invented trial, 20 patients'; expected",
        ('"Nowhere"', '"+cmd|x"'): "country: found '+cmd|x'; expected text that a spreadsheet does",
        ('"invented product"', '"@SUM(A1)"'): "product: found '@SUM(A1)'; expected text that a",
        ('"An invented trial"', '"<b>here</b>"'): "found '<b>here</b>'; expected text without mark",
        ('"Invented."', '"back\u202ewards"'): "expected text without markup or characters that",
    },
    "cells together": {
        ("events = 15", "events = 25"): "column events: found '25'; expected at most the total, 20",
        ("n_donor = 20", "n_donor = 19"): "n_infused: found '20'; expected n_autologous + n_donor",
        ("events = 3\ntotal = 20", "events = 3\ntotal = 21"): "total: found '21'; expected at mos",
        ("preferred = true", "preferred = false"): "exactly one preferred row for example_trial",
    },
    "keys": {
        ('"example_2026"', '"li_2023"'): "report.first_author: found 'Example A'; expected nothing"
    },
    "tables": {("[[cohorts.survival]]", "[[cohorts.deaths]]"): "cohorts[1].deaths: found an unkno"},
    "other": {
        ("[report]", "[paper]"): "paper: found an unknown table; expected only the tables up"
    },
    "lists": {("events = 15", "events = [15]"): "events: found [15]; expected text, a number, a"},
    "TOML": {("events = 15", "events = "): "report.toml: not valid TOML: Invalid value"},
    "braces": {('"Example, Anna', '"Example, {Anna'): "expected braces in pairs"},
    "authors": {('"Example, Anna', '"<i>Example</i>, Anna'): "report.authors: found '<i>Example</"},
    "a known cohort": {('"example_trial"', '"gc027_leukemia12"'): "expected nothing but cohort_id"},
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("swaps", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_nothing_is_written(
    copy: ReviewCopy, capsys: pytest.CaptureFixture[str], swaps: dict[tuple[str, str], str]
) -> None:
    before = contents(copy)
    assert run(copy, str(write_entry(copy, EXAMPLE, *swaps))) == 1
    told = capsys.readouterr().err
    assert [message for message in swaps.values() if message not in told] == [], told
    assert contents(copy) == before


@pytest.mark.usefixtures("quick")
def test_a_full_disk_leaves_every_file_as_it_was(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, entry = contents(copy), write_entry(copy)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert run(copy, str(entry)) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert contents(copy) == before


def lines(copy: ReviewCopy, changes: dict[str, list[str]], *, last: str, known: str = "") -> str:
    """Return the answers, line by line, of somebody who types the example.

    `changes` are answers that come before the right one, by table and column; `known` is a report
    that is there already, whose further cohort is typed.
    """
    raw: dict[str, Any] = tomllib.loads(EXAMPLE)
    cohort = raw["cohorts"][0]
    package = copy.book().evidence.package
    columns = {
        one["name"]: [field["name"] for field in one["schema"]["fields"]]
        for one in package["resources"]
    }
    typed: list[str] = []

    def row(table: str, values: dict[str, Any], skip: tuple[str, ...], first: str = "") -> None:
        order = [first] if first else []
        order += [c for c in columns[table] if c not in skip and c != first]
        for column in order:
            typed.extend(changes.get(f"{table}.{column}", []))
            changes.pop(f"{table}.{column}", None)
            value = values.get(column, "")
            typed.append(("yes" if value else "no") if isinstance(value, bool) else str(value))

    row("updates", raw["update"], ("table", "rows_added", "rows_removed", "report_ids"))
    if known:
        typed.append(known)
    else:
        row("reports", raw["report"], ("cohort_id", "year", "peer_reviewed"))
        typed.append(raw["report"]["authors"])
    row("cohorts", cohort, ("in_set_2024", "in_set_all"))
    for one in cohort["outcomes"]:
        row("outcomes", one, ("report_id", "cohort_id"), "outcome")
    typed.append("")
    for one in cohort["survival"]:
        row("survival", one, ("report_id", "cohort_id"), "arm")
    typed += ["", "n"]
    return "\n".join([*typed, *last.split()]) + "\n"


def talk(copy: ReviewCopy, text: str) -> Result:
    return CliRunner().invoke(commands, ["add-report", "--root", str(copy.root)], input=text)


@pytest.mark.usefixtures("quick")
def test_asked_for_it_gives_what_the_file_gives(
    copy: ReviewCopy, another_copy: Callable[[str], ReviewCopy]
) -> None:
    done = talk(copy, lines(copy, {}, last="y"))
    assert done.exit_code == 0, done.output
    other = another_copy("by file")
    assert run(other, str(write_entry(other))) == 0
    assert contents(copy) == contents(other)


@pytest.mark.usefixtures("quick")
def test_a_wrong_answer_is_named_and_asked_again(copy: ReviewCopy) -> None:
    wrong = {
        "reports.publication_type": ["tweet"],
        "cohorts.n_infused": ["twenty", "0"],
        "outcomes.events": ["1e1", "=3"],
    }
    done = talk(copy, lines(copy, wrong, last="y"))
    assert done.exit_code == 0, done.output
    line = len(copy.rows("cohorts.csv"))
    assert f"cohorts.csv, line {line}, column n_infused: found 'twenty'; expected" in done.output
    assert f"cohorts.csv, line {line}, column n_infused: found '0'; expected" in done.output
    assert "column publication_type: found 'tweet'; expected one of journal_art" in done.output
    assert "column events: found '1e1'; expected a whole number, at least 0" in done.output
    assert copy.book().evidence.cohorts["n_infused"].iloc[-1] == 20


@pytest.mark.usefixtures("quick")
def test_what_only_the_tables_together_show_is_asked_again_too(copy: ReviewCopy) -> None:
    text = lines(copy, {}, last="15 y").replace("\n15\n20\n", "\n25\n20\n", 1)
    done = talk(copy, text)
    assert done.exit_code == 0, done.output
    assert "column events: found '25'; expected at most the total, 20" in done.output
    assert copy.book().evidence.outcomes["events"].iloc[-2] == 15


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kept", [1, 5, 30, 60, -1])
def test_no_more_answers_leave_every_file_as_it_was(copy: ReviewCopy, kept: int) -> None:
    before = contents(copy)
    text = "\n".join(lines(copy, {}, last="y").splitlines()[:kept]) + "\n"
    done = talk(copy, text)
    assert done.exit_code != 0
    assert contents(copy) == before


@pytest.mark.usefixtures("quick")
def test_a_no_at_the_end_writes_nothing(copy: ReviewCopy) -> None:
    before = contents(copy)
    done = talk(copy, lines(copy, {}, last="n"))
    assert done.exit_code == 0
    assert "Nothing was written." in done.output
    assert contents(copy) == before
