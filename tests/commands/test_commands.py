"""The commands validate and verify, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from review_copy import ROOT, ReviewCopy
from reviewbook.book import Book
from reviewbook.citation.provenance import outputs_hash, swhid
from reviewbook.commands import commands, main
from reviewbook.site import SiteError


def run(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    environment.pop("REVIEWBOOK_ROOT", None)
    return subprocess.run(
        [sys.executable, "-m", "reviewbook", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_validate_is_short_when_all_is_well(copy: ReviewCopy) -> None:
    done = run(["validate"], copy.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("data/ is sound.")
    assert "before_article: 12 cohorts, 196 patients" in done.stdout
    assert "article_table: absent" in done.stdout


def test_validate_prints_every_problem_and_fails(copy: ReviewCopy) -> None:
    line = copy.line_of("outcomes.csv", report_id="li_2023", outcome="complete_remission")
    copy.put("outcomes.csv", line, events="13")
    copy.put("cohorts.csv", 2, gene_edited="perhaps")
    done = run(["validate"], copy.root)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "2 problems in the evidence:",
        "  cohorts.csv, line 2, column gene_edited: found 'perhaps'; "
        "expected one of yes, no, unclear",
        f"  outcomes.csv, line {line}, column events: found '13'; expected at most the total, 12",
    ]


@pytest.mark.parametrize("command", ["validate", "verify"])
def test_outside_a_review_the_message_says_what_is_missing(tmp_path: Path, command: str) -> None:
    done = run([command], tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("no data/review.toml in ")
    assert "Traceback" not in done.stderr


def test_verify_prints_every_value_and_a_discrepancy_is_no_error(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(book.review.root)]) == 0
    text = capsys.readouterr().out
    assert "? cannot decide" in text
    assert f"Of the pooled proportions {book.verdict_tally()}." in text
    for printed in ("87%", "29.65%", "p = 0.12", "13 studies"):
        assert printed in text


def test_verify_gives_reasons_on_request(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(book.review.root), "--reasons"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert all(" ".join(reason.split()) in text for reason in book.ledger()["reason"])


def test_verify_as_json_keeps_full_precision(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--json", str(book.review.root)]) == 0
    data = json.loads(capsys.readouterr().out)
    rows = {row["claim_id"]: row for row in data["ledgers"]["before_article"]["rows"]}
    comparison = book.analyse("crs_any").comparison.proportion
    assert comparison is not None
    assert rows["crs_pooled_proportion"]["ours_value"] == comparison.estimate
    assert rows["gene_editing_direction_os"]["printed_value"] is None
    assert data["recipe"]["scale"] == "double_arcsine"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("},\n", "}\n", "references.bib, line 6: found '}' expected; expected entries that"),
        (" = ", " ", "references.bib, line 5: found '=' expected; expected entries that BibTeX"),
        ("  year = ", "  year = {1999},\n  year = ", "references.bib: found entry with key"),
    ],
    ids=["no comma", "no equals sign", "a field twice"],
)
def test_validate_names_what_bibtex_cannot_read(
    copy: ReviewCopy, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    path = copy.data / "references.bib"
    text = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    assert main(["validate", str(copy.root)]) == 1
    assert message in capsys.readouterr().err


def test_broken_evidence_is_a_message_for_verify_too(copy: ReviewCopy) -> None:
    (copy.data / "claims.csv").write_bytes(b"")
    done = run(["verify"], copy.root)
    assert done.returncode == 1
    assert "claims.csv: found an empty file" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish"]) == 2
    assert "'validate', 'verify', 'build'" in capsys.readouterr().err


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--jsn"]) == 2
    assert "--jsn" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(commands.commands))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"reviewbook {name}" in capsys.readouterr().out


def test_one_help_names_every_command_in_whole_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert len(commands.commands) == 17
    listed = [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()]
    assert listed == list(commands.commands)
    assert "..." not in text.partition("Commands:")[2], "a summary is too long for one line"


def test_the_reader_of_a_pipe_may_stop_reading(copy: ReviewCopy) -> None:
    command = f'"{sys.executable}" -m reviewbook verify --reasons; echo "status $?" >&2'
    done = subprocess.run(
        ["sh", "-c", f"({command}) | true"], env={**os.environ, "REVIEWBOOK_ROOT": str(copy.root)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == "status 0\n"


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (OSError(28, "No space left on device"), 1, "[Errno 28] No space left on device\n"),
        (ValueError("found 3; expected 4"), 1, "found 3; expected 4\n"),
        (SiteError("no site"), 1, "no site\n"),
        (KeyboardInterrupt(), 130, "\nStopped.\n"),
        (KeyboardInterrupt("there is no site"), 130, "\nStopped; there is no site.\n"),
    ],
    ids=["disk", "value", "site", "stopped", "stopped with a word"],
)
def test_an_error_of_the_user_is_a_message_and_a_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    message: str,
) -> None:
    def fail(root: object) -> None:
        raise error

    monkeypatch.setattr("reviewbook.book.open_book", fail)
    assert main(["validate"]) == status
    assert capsys.readouterr().err == message


def test_an_error_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(root: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("reviewbook.book.open_book", fail)
    with pytest.raises(KeyError):
        main(["validate"])


def test_the_identifiers_of_a_file_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.ipynb"
    path.write_text('{"cells": []}', encoding="utf-8")
    assert main(["provenance", str(path)]) == 0
    printed = capsys.readouterr().out
    assert swhid(path.read_bytes()) in printed
    assert outputs_hash({"cells": []}) in printed
    assert main(["provenance", str(tmp_path / "gone.csv")]) == 1
    assert "gone.csv" in capsys.readouterr().err


def test_the_files_of_the_archives_are_written_from_the_settings(
    copy: ReviewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEWBOOK_ROOT", str(copy.root))
    assert main(["deposit"]) == 0
    for name in ("CITATION.cff", "codemeta.json", ".zenodo.json"):
        assert (copy.root / name).read_text("utf-8") == (ROOT / name).read_text("utf-8")


def test_a_terminal_that_knows_ascii_only_is_no_reason_to_fail(copy: ReviewCopy) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "REVIEWBOOK_ROOT": str(copy.root)}
    done = subprocess.run(
        [sys.executable, "-m", "reviewbook", "verify"], env=environment, capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"\\u2248 compatible" in done.stdout
