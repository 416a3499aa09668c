"""The sentences on what the printed numbers imply on their own."""

from __future__ import annotations

from reviewbook import words
from reviewbook.evidence.rows import records_of
from reviewbook.ledger.forensics import (
    K_RANGE,
    fitting,
    fixed_study_numbers,
    joint_k,
    mean_size,
    precision,
    printed_topics,
    symmetry,
)
from reviewbook.pooling.pools import Pools
from reviewbook.words import Phrase

from . import Sentences

SCALES = {
    "raw": "raw proportion",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
}


def forensic_sentences(pools: Pools) -> Sentences:
    """Return the phrases on the printed values of a review.

    `studies` and `each` say which number of studies fits all printed pairs of I² and p, and each
    alone; `number` is that number, `agreement` whether the article gives it; `scales` tells which
    scales can have printed every interval, `sizes` the effective sample sizes; `mean_size` is the
    patients a study as printed, `composition` what the printed split by source implies.
    """
    found, printed = joint_k(pools), int(pools.claims("scope").values["n_studies"])
    is_it = "is" if found == [printed] else "is not"
    return Sentences(
        studies=study_number_sentence(pools),
        each=single_sentences(pools),
        number=words.join(found, last="or"),
        agreement=Phrase(f"which {is_it} the number the abstract gives"),
        scales=scale_sentence(pools),
        sizes=precision_sentence(pools),
        mean_size=words.number(mean_size(pools), 1),
        composition=composition_sentence(pools),
    )


def study_number_sentence(pools: Pools) -> Phrase:
    """Say which number of studies the printed pairs of I² and p leave."""
    found = joint_k(pools)
    names = map(words.within_sentence, fixed_study_numbers(pools))
    pairs = f"the printed I² and p of {words.join(names)}"
    if not found:
        return Phrase(f"No number of studies from {K_RANGE[0]} to {K_RANGE[1]} fits {pairs}.")
    which = words.join(found, last="or")
    only = "is the only number" if len(found) == 1 else "are the only numbers"
    return Phrase(
        f"{which} {only} of studies from {K_RANGE[0]} to {K_RANGE[1]} that fits {pairs} at once."
    )


def single_sentences(pools: Pools) -> Phrase:
    """Say for each outcome alone which numbers of studies its I² and p leave."""
    parts = []
    for label, claims in printed_topics(pools).items():
        found = fitting(claims)
        if claims.pvalue is None:
            parts.append(f"{label}: no p-value is printed, so any number fits")
        elif len(found) == K_RANGE[1] - K_RANGE[0] + 1:
            parts.append(f"{label}: I² is printed as 0, which hides Q, so any number fits")
        else:
            parts.append(f"{label}: {words.join(found, last='or') or 'none'}")
    return Phrase("; ".join(parts) + ".")


def scale_sentence(pools: Pools) -> Phrase:
    """Say which scales can have printed every interval of the abstract."""
    table = symmetry(pools)
    inside = table["possible"] & ~table["boundary"]
    groups = table.assign(inside=inside).groupby("scale", sort=False)
    everywhere = [SCALES[str(scale)] for scale, rows in groups if rows["inside"].all()]
    nowhere = [SCALES[str(scale)] for scale, rows in groups if not rows["inside"].any()]
    outcomes = words.count(table["outcome"].nunique(), "printed interval")
    text = (
        f"Of the five scales, only {words.join(everywhere)} can have given all {outcomes}"
        if everywhere
        else f"No single scale can have given all {outcomes}"
    )
    if nowhere:
        text += f"; {words.join(nowhere)} can have given none of them"
    edges = [
        f"The {SCALES[str(scale)]} for {words.join(rows.loc[rows['boundary'], 'printed'])}"
        for scale, rows in groups
        if rows["possible"].all() and rows["boundary"].any()
    ]
    if edges:
        text += (
            f". {words.join(edges)} is possible in a single point only, at the edge of what rounds "
            "to the printed numbers: as good as ruled out"
        )
    return Phrase(f"{text}.")


def composition_sentence(pools: Pools) -> Phrase:
    """Say what the printed split by source asks of the cohorts that do not print theirs.

    Cohorts of which another report that may share their patients has all in one part are named.
    """
    review, cohorts = pools.review, pools.eligible()
    data = records_of(pools.evidence)
    texts = []
    for column, part in review.parts.items():
        printed = pools.claims("scope").values.get(column)
        unsplit = cohorts[cohorts[column].isna()]
        if printed is None or unsplit.empty:
            continue
        known, open_ = int(cohorts[column].sum()), int(unsplit["n_infused"].sum())
        needed = int(printed) - known
        if not 0 <= needed <= open_:
            continue
        text = (
            f"{words.count(int(printed), f'{part.noun} patient')} are printed. With the cohorts of "
            f"this book's set that takes {needed} of the {open_} in "
            f"{words.join(unsplit['label'])}, whose split is not printed"
        )
        whole = sorted(
            {
                data.cohorts[other]["label"]
                for other, row in data.cohorts.items()
                for cohort in unsplit["cohort_id"]
                if other != cohort
                and pools.may_share(other, str(cohort))
                and row[review.checks.parts_by] in part.all_of
                and (row["n_infused"] or 0) >= open_
            }
        )
        if whole:
            text += (
                f". Yet a later report of the product has {part.noun} cells only "
                f"({words.join(whole)}): were that true of these {open_}, there would be "
                f"{known + open_}. So the article probably used other reports of it, or read their "
                "source otherwise"
            )
        texts.append(f"{text}.")
    return Phrase(" ".join(texts))


def precision_sentence(pools: Pools) -> Phrase:
    """Hold the effective sample sizes against the number of patients printed."""
    values = pools.claims("scope").values
    table = precision(pools)
    parts = [
        f"{words.number(row['n'], 0)} patients ({words.number(row['n_low'], 0)} to "
        f"{words.number(row['n_high'], 0)} given the rounding) for "
        f"{words.within_sentence(row['outcome'])}"
        for _, row in table.iterrows()
    ]
    return Phrase(
        f"Each interval is as wide as that of one plain sample of {'; '.join(parts)}. "
        f"The article counts {words.count(int(values['n_patients']), 'patient')}."
    )
