"""Works are cited by who and when, and no two works alike."""

from __future__ import annotations

import re

import pytest
from pybtex.database import Entry, parse_string

from reviewbook.book import open_book
from reviewbook.evidence.bibliography import read_bibliography
from reviewbook.evidence.cited_as import CitedAs, cited_as, order
from reviewbook.evidence.rows import labels_of, records_of, report_name

ROOT = open_book().review.root
ENTRIES = parse_string(
    (ROOT / "data" / "references.bib").read_text(encoding="utf-8"), "bibtex"
).entries
BIBLIOGRAPHY = read_bibliography(ROOT / "data" / "references.bib")


def parsed(*entries: str) -> dict[str, Entry]:
    text = "\n".join(f"@article{{{chr(97 + i)}, {fields}}}" for i, fields in enumerate(entries))
    return dict(parse_string(text, "bibtex").entries.items())


@pytest.mark.parametrize(
    ("fields", "who", "when"),
    [
        ("author={Li, A}, year=2023", "Li", "2023"),
        ("author={Li, A and Wu, B}, year=2023", "Li and Wu", "2023"),
        ("author={Li, A and others}, year=2023", "Li et al.", "2023"),
        ("author={Li, A and Wu, B and Xu, C}, year=2023", "Li et al.", "2023"),
        ("author={{Base Edited Group}}, year=2023", "Base Edited Group", "2023"),
        (r"author={Chor{\~a}o, P}, year=2023", "Chorão", "2023"),
        ("author={de la Cruz, P}, year=2023", "de la Cruz", "2023"),
        ("editor={Li, A}, journal={Blood}, year=2023", "Li", "2023"),
        (r"journal={Leuk \& Lymph}, year=2023", "Leuk & Lymph", "2023"),
        ("booktitle={ASH 2024}, title={x}, year=2024", "ASH", "2024"),
        ("howpublished={Interview}, title={x}", "Interview", "undated"),
        ("title={Only a title}, year=2023", "Only a title", "2023"),
    ],
)
def test_a_work_goes_by_its_authors_or_its_place(fields: str, who: str, when: str) -> None:
    assert cited_as(parsed(fields)) == {"a": CitedAs(who, when)}


def test_letters_follow_the_list_of_references() -> None:
    entries = parsed(
        "author={Zhang, X and others}, title={A}, year=2023",
        "author={Zhang, M and others}, title={B}, year=2023",
        "author={Zhang, M and others}, title={A}, year=2024",
        "author={Zhang, M and others}, title={A}, year=2023",
    )
    assert [name.when for name in cited_as(entries).values()] == ["2023c", "2023b", "2024", "2023a"]
    listed = sorted(entries, key=lambda key: order(entries[key]))
    assert listed == ["d", "b", "c", "a"]


def test_years_that_have_their_letters_keep_them() -> None:
    entries = parsed(*("author={Li, A}, title={T}, year=2023",) * 2, "author={Li, A}, title={T}")
    first = cited_as(entries)
    for key, cited in first.items():
        entries[key].fields["year"] = cited.when
    assert cited_as(entries) == first
    assert [cited.when for cited in first.values()] == ["2023a", "2023b", "undated"]


def test_undated_works_have_letters_too() -> None:
    assert [c.when for c in cited_as(parsed(*("author={Li, A}, title={T}",) * 2)).values()] == [
        "undated-a",
        "undated-b",
    ]


def test_every_report_that_was_read_has_an_entry() -> None:
    assert set(open_book().evidence.reports["report_id"]) <= BIBLIOGRAPHY.keys


def test_no_two_works_are_cited_alike() -> None:
    assert len(set(BIBLIOGRAPHY.cited_as.values())) == len(BIBLIOGRAPHY.keys)


def test_names_in_tables_and_figures_are_those_of_the_citations() -> None:
    reports = records_of(open_book().evidence).reports
    for key, report in reports.items():
        cited = BIBLIOGRAPHY.cited_as[key]
        assert report["report_name"].endswith(f" {cited.when}")
        if report["first_author"]:
            family = re.sub(r" [A-Z]{1,3}$", "", report["first_author"])
            assert cited.who in (family, f"{family} et al."), key
        else:
            assert report["report_name"] == f"{cited.who} {cited.when}"
    assert len({report["report_name"] for report in reports.values()}) == len(reports)


def test_a_report_without_an_entry_still_has_a_name() -> None:
    report = {"report_id": "li_2020", "first_author": None, "year": 2020, "journal": "ASH 2020"}
    assert report_name(report, None) == "ASH 2020"
    assert report_name({**report, "journal": None, "year": None}, None) == "li 2020 undated"
    assert report_name({**report, "first_author": "Li A"}, None) == "Li 2020"


def test_a_cohort_goes_by_its_peer_reviewed_report() -> None:
    """WU-CART-007 was presented at ASH 2024 and printed in Blood 2025."""
    assert records_of(open_book().evidence).report_of("wu_cart_007")["report_name"] == (
        "Ghobadi 2025"
    )


def test_a_cohort_goes_by_author_and_year_first() -> None:
    labels = labels_of(open_book().evidence)
    assert labels["boren_donor_phase1"] == "Pan 2021 · Boren donor-derived, phase I"
    assert labels["ns7car_zhangx2023"].startswith("Zhang 2023a · NS7CAR")
    assert labels["be_car7_all"] == "BE-CAR7 phase 1 (2025)"  # its report names no author
    assert len(set(labels.values())) == len(labels)
    for name, label in labels.items():
        report = records_of(open_book().evidence).report_of(name)
        assert str(report["year"] or "undated") in label


REMARKS = re.compile(
    r"unverified|recalled|not (seen|visible|read|shown|verified)|author list|descriptive title",
    re.I,
)


def test_working_remarks_stand_where_no_list_prints_them() -> None:
    for key, entry in ENTRIES.items():
        printed = {name: text for name, text in entry.fields.items() if name != "annote"}
        names = " ".join(str(person) for people in entry.persons.values() for person in people)
        assert not REMARKS.search(" ".join([*printed.values(), names])), key
    assert any("not seen" in entry.fields.get("annote", "") for entry in ENTRIES.values())


def test_a_report_and_its_entry_agree() -> None:
    for key, report in records_of(open_book().evidence).reports.items():
        fields = ENTRIES[key].fields
        for column, name in (
            ("doi", "doi"),
            ("pmid", "pubmed"),
            ("volume", "volume"),
            ("year", "year"),
        ):
            assert str(report[column] or "") == fields.get(name, ""), (key, column)
        if report["title"]:
            plain = re.sub(r"[{}\\]", "", fields["title"])
            assert plain.lower() == report["title"].lower(), key
