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
from reviewbook.words.marked import told

from . import Sentences

SCALES = {
    "raw": "raw proportion",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
}


@told
def forensic_sentences(pools: Pools) -> Sentences:
    """Return the phrases on the printed values of a review.

    `studies` and `each` say which number of studies fits all printed pairs of I² and p, and each
    alone; `number` whether the article gives that number; `scales` tells which
    scales can have printed every interval, `sizes` the effective sample sizes; `mean_size` is the
    patients a study as printed, `composition` what the printed split by source implies.
    """
    found, printed = joint_k(pools), int(pools.claims("scope").values["n_studies"])
    is_it = "is" if found == [printed] else "is not"
    counted = words.join(found, last="or") if found else "no"
    return Sentences(
        studies=study_number_sentence(pools),
        each=single_sentences(pools),
        number=Phrase(
            f"If I² was worked out from Q, {counted} studies entered both of these pools, which "
            f"{is_it} the number the abstract gives."
        ),
        scales=scale_sentence(pools),
        sizes=precision_sentence(pools),
        mean_size=words.number(mean_size(pools), 1),
        composition=composition_sentence(pools),
    )


@told
def study_number_sentence(pools: Pools) -> Phrase:
    """Say which number of studies the printed pairs of I² and p leave."""
    found = joint_k(pools)
    names = words.join(map(words.within_sentence, fixed_study_numbers(pools)))
    tried = f"Of all numbers of studies from {K_RANGE[0]} to {K_RANGE[1]}"
    pairs = f"the I² and the p that are printed for {names}"
    if not found:
        return Phrase(f"{tried}, none fits {pairs}.")
    which = words.join(found, last="or")
    if len(found) == 1:
        return Phrase(f"{tried}, {which} is the only one that fits {pairs}.")
    return Phrase(f"{tried}, only {which} fit {pairs}.")


@told
def single_sentences(pools: Pools) -> Phrase:
    """Say for each outcome alone which numbers of studies its I² and p leave."""
    parts = []
    for label, claims in printed_topics(pools).items():
        found, name = fitting(claims), words.within_sentence(label)
        if claims.pvalue is None:
            parts.append(f"For {name} no p-value is printed, so any number fits.")
        elif len(found) == K_RANGE[1] - K_RANGE[0] + 1:
            parts.append(f"For {name} I² is printed as 0, which hides Q, so any number fits.")
        elif found:
            only = "only" if len(found) == 1 else "just"
            parts.append(f"For {name} {only} {words.join(found, last='or')} fits.")
        else:
            parts.append(f"For {name} no number fits.")
    return Phrase(" ".join(parts))


@told
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
        text += f"; {words.join(nowhere)} can have given none"
    edges = [
        f"The {SCALES[str(scale)]} for {words.join(rows.loc[rows['boundary'], 'printed'])}"
        for scale, rows in groups
        if rows["possible"].all() and rows["boundary"].any()
    ]
    if edges:
        text += (
            f". {words.join(edges)} is possible in a single point only, at the edge of what rounds "
            "to the printed numbers, which is as good as ruled out"
        )
    return Phrase(f"{text}.")


@told
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
            f"The abstract counts {words.count(int(printed), f'{part.noun} patient')}. The cohorts "
            f"of this book reach that number if {needed} of the {open_} patients in "
            f"{words.join(map(words.spoken, unsplit['label']))}, whose split is not printed, are "
            "among them"
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
                f"({words.join(whole)}). If that were true of these {open_} patients, there would "
                f"be {known + open_}. So the article probably used other reports of the product, "
                "or read the source of its cells otherwise"
            )
        texts.append(f"{text}.")
    return Phrase(" ".join(texts))


@told
def precision_sentence(pools: Pools) -> Phrase:
    """Hold the effective sample sizes against the number of patients printed."""
    values = pools.claims("scope").values
    parts = [
        f"{words.number(row['n'], 0)} patients for {words.within_sentence(row['outcome'])} "
        f"({words.number(row['n_low'], 0)} to {words.number(row['n_high'], 0)}, given the rounding)"
        for _, row in precision(pools).iterrows()
    ]
    return Phrase(
        "The printed intervals are as wide as those of single samples of "
        f"{words.join(parts)}. The article counts "
        f"{words.count(int(values['n_patients']), 'patient')}."
    )
