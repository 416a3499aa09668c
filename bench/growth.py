"""Build the book with more cohorts, and say how many times as long that takes.

Run by hand: ``python bench/growth.py``; two clean builds, one after the other on the same machine,
so that their ratio means something where the times do not. The added cohorts are random numbers in
a temporary copy, and go nowhere else. ``--data-only FOLDER`` writes the enlarged copy and builds
nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from copies import ROOT, build, copy_book

COHORTS = 30
GOAL = 2.0
# Chances of the events of an added cohort: remissions are common, severe events are not. Counts of
# one cohort are drawn from one uniform number, so that nested outcomes stay nested.
CHANCES = {"complete_remission": 0.85, "crs_any": 0.85, "crs_grade3plus": 0.1, "icans_any": 0.07}
EDITING = (("no", "er_retention"), ("yes", "crispr_knockout"))


def enlarge(data: Path, more: int, *, seed: int = 1) -> None:
    """Append `more` made-up cohorts with a count for each main outcome to the tables."""
    rng = random.Random(seed)
    reports, cohorts, outcomes = [], [], []
    for i in range(more):
        name, n = f"growth_{i:02d}", rng.randint(5, 40)
        edited, strategy = EDITING[i % 2]
        source = ("autologous", "donor", "universal")[i % 3]
        parts = {"n_autologous": 0, "n_donor": 0, "n_universal": 0}
        parts |= {"n_autologous": n} if source == "autologous" else {"n_donor": n}
        parts |= {"n_universal": n} if source == "universal" else {}
        reports.append({
            "report_id": name, "cohort_id": name, "first_author": f"Growth {i}", "year": 2024,
            "title": f"Made up, to see how the book grows {i}",
            "publication_date": f"2024-{1 + i % 12:02d}-15", "publication_type": "journal_article",
            "peer_reviewed": "yes", "access_level": "abstract",
        })  # fmt: skip
        cohorts.append({
            "cohort_id": name, "label": f"Made-up cohort {i}", "product": "made up",
            "cell_source": source, "gene_edited": edited, "fratricide_strategy": strategy,
            "disease_group": ("t_all", "t_lbl", "aml")[i % 3], "n_infused": n,
            "in_set_2024": "no", "in_set_all": "no", **parts,
        })  # fmt: skip
        drawn = [rng.random() for _ in range(n)]
        outcomes += [
            {
                "report_id": name, "cohort_id": name, "outcome": outcome,
                "events": sum(value < chance for value in drawn), "total": n,
                "population": "infused", "timepoint": "best" if "rem" in outcome else "any",
                "status": "reported", "locator": "made up",
                "source_url": "https://growth.invalid/", "preferred": "yes",
            }
            for outcome, chance in CHANCES.items()
        ]  # fmt: skip
    tables = {"reports": reports, "cohorts": cohorts, "outcomes": outcomes}
    for table, rows in tables.items():
        _append(data / f"{table}.csv", rows)
    day = {"date": "2026-12-31", "why": "Made up.", "rows_removed": 0}
    _append(
        data / "updates.csv",
        [{"table": table, "rows_added": len(rows), **day} for table, rows in tables.items()],
    )
    entries = [
        f"\n@article{{{row['report_id']},\n  author = {{Growth, A.}},\n"
        f"  title = {{{row['title']}}},\n  journal = {{Made up}},\n  year = {{2024}}\n}}\n"
        for row in reports
    ]
    with (data / "references.bib").open("a", encoding="utf-8") as file:
        file.write("".join(entries))


def _append(path: Path, rows: list[Mapping[str, object]] | list[dict[str, object]]) -> None:
    text = path.read_text(encoding="utf-8")
    columns = next(csv.reader(io.StringIO(text)))
    out = io.StringIO(newline="")
    csv.DictWriter(out, columns, restval="", lineterminator="\n").writerows(rows)
    path.write_text(text + out.getvalue(), encoding="utf-8")


def largest(root: Path) -> int:
    """Return the most cohorts that an outcome has in the primary set."""
    sys.path.insert(0, str(root / "lib"))
    from reviewbook import open_book

    book = open_book(root)
    return max(book.select(outcome.id).k for outcome in book.review.outcomes)


def main() -> None:
    """Build twice and print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=COHORTS, help="in the primary set")
    parser.add_argument("--data-only", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    more = asked.cohorts - largest(ROOT)
    if more < 1:
        parser.error(f"--cohorts: expected more than {asked.cohorts - more}, got {asked.cohorts}")
    with tempfile.TemporaryDirectory() as folder:
        plain, grown = Path(folder) / "plain", asked.data_only or Path(folder) / "grown"
        copy_book(grown)
        enlarge(grown / "data", more)
        print(f"{more} made-up cohorts more in {grown}", flush=True)
        if asked.data_only:
            return
        copy_book(plain)
        before, after = build(plain), build(grown)
    ratio = after / before
    print(f"As it is {before:.0f} s; with {asked.cohorts} cohorts in a set {after:.0f} s: "
          f"{ratio:.2f} times as long (goal: at most {GOAL:.0f})")  # fmt: skip
    sys.exit(ratio > GOAL)


if __name__ == "__main__":
    main()
