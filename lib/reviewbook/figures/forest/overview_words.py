"""The words of the overview, in the languages it is drawn in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reviewbook import words


@dataclass(frozen=True, slots=True)
class Wording:
    """Words around the numbers of an overview.

    Attributes
    ----------
    outcome, value, printed, ours, primary : str
        Headings of the columns and names of the rows.
    to : str
        What stands between the limits of an interval.
    caption, axis : str
        `axis` begins the text alternative.
    size : callable
        Cohorts and patients in words.
    verdict : callable
        Sign and word of a verdict.
    interval : callable
        A value with its interval.
    sentence : str
        One outcome, with ``label``, ``size``, ``printed``, ``ours``, ``primary`` and ``verdict``.
    """

    outcome: str
    value: str
    printed: str
    ours: str
    primary: str
    to: str
    caption: str
    axis: str
    size: Callable[[int, int], str]
    verdict: Callable[[str], str]
    interval: Callable[..., str]
    sentence: str


def _size(cohorts: int, patients: int) -> str:
    return f"{words.count(cohorts, 'cohort')}, {words.count(patients, 'patient')}"


WORDINGS: Mapping[str, Wording] = {
    "": Wording(
        outcome="Outcome",
        value="% (95% CI)",
        printed="Printed",
        ours="Ours",
        primary="Ours, GLMM",
        to=" to ",
        caption="Pooled proportions with 95% intervals. Open grey diamonds are what the article "
        "prints; filled diamonds are recomputed: the upper one by the comparison recipe, on which "
        "the verdict stands, the lower one by the random-intercept logistic model (GLMM), which "
        "this book stands behind.",
        axis="Printed above ours, on one axis.",
        size=_size,
        verdict=words.verdict,
        interval=words.interval,
        sentence="{label}, {size}: printed {printed}; ours by the comparison recipe {ours}, by "
        "the logistic model {primary}. Verdict: {verdict}.",
    ),
    "zh-Hans": Wording(
        outcome="结局",
        value="%（95% CI）",
        printed="原文",
        ours="本书，比较方法",
        primary="本书，GLMM",
        to="～",
        caption="合并比例及其 95% 置信区间。空心灰色菱形为原文刊出的数值；"
        "实心菱形为本书重新计算的结果：上方按比较方法（判定以此为准），"
        "下方按随机截距 Logistic 模型（GLMM，本书采用的估计）。",
        axis="同一坐标轴上，原文数值在上，本书数值在下。",
        size=lambda cohorts, patients: f"{cohorts} 个队列，{patients} 例患者",
        verdict=words.verdict_zh,
        interval=words.interval_zh,
        sentence="{label}（{size}）：原文 {printed}；本书按比较方法 {ours}，按 Logistic 模型 "
        "{primary}。判定：{verdict}。",
    ),
}
"""Language of a page (empty: the book's) → words."""


def wording(language: str) -> Wording:
    """Return the words of a language.

    Raises
    ------
    ValueError
        When there are none.
    """
    if language not in WORDINGS:
        known = ", ".join(repr(name) for name in WORDINGS)
        raise ValueError(f"language {language!r} is unknown; allowed: {known}")
    return WORDINGS[language]
