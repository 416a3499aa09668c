"""The sentences on tests for small-study effects follow from the tests."""

from __future__ import annotations

from reviewbook.book import Book
from reviewbook.prose import asymmetry as prose
from reviewbook.robustness.asymmetry import asymmetry_tests, trim_and_fill


def test_small_p_values_of_the_default_test_are_counted(book: Book, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    analyses = [book.analyse(outcome.id) for outcome in book.review.outcomes]
    pvalues = [asymmetry_tests(one).query("default")["pvalue"].iloc[0] for one in analyses]
    sizes = [one.selection.k for one in analyses]
    pools = f"Of the 4 pools, of {sizes[0]}, {sizes[1]}, {sizes[2]} and {sizes[3]} cohorts,"
    assert min(pvalues) > 0.05
    assert prose.default_sentence(analyses).startswith(f"{pools} none has a p-value below 0.05")
    monkeypatch.setattr(prose, "SMALL_P", sorted(pvalues)[1] + 1e-6)
    assert prose.default_sentence(analyses).startswith(f"{pools} 2 have a p-value below ")


def test_what_trim_and_fill_adds_is_told_for_each_outcome(book: Book) -> None:
    analyses = [book.analyse(outcome.id) for outcome in book.review.outcomes]
    told = prose.imputed_sentence(analyses)
    for analysis in analyses:
        frame = trim_and_fill(analysis)
        label = analysis.outcome.label
        label = label[0].lower() + label[1:]
        largest = int(frame["k0"].max())
        cohorts = f"{largest} cohort{'' if largest == 1 else 's'}"
        most = 100 * frame["change"].abs().max()
        sentence = f"For {label} it adds up to {cohorts}, which moves the estimate by at most "
        assert (f"{sentence}{most:.1f} percentage points." in told) == bool(largest)
    assert told.endswith("For the others it adds none.")
    assert prose.imputed_sentence([book.analyse("complete_remission")]) == (
        "It adds no cohort for any outcome."
    )
