"""The Chinese abstract says of survival, loss and certainty what the English pages say."""

from __future__ import annotations

import re

from reviewbook.book import Book
from reviewbook.pooling.further import further_pool
from reviewbook.prose.chinese import chinese_sentences, survival_at_zh
from reviewbook.prose.summary import LEVELS_ZH, summary_sentences
from reviewbook.robustness.summary import summaries
from reviewbook.survival.durability import everyone_rows

LOST = "cd7_negative_at_relapse"


def test_the_numbers_are_those_of_the_english_summary(book: Book) -> None:
    found = summaries(book)
    chinese, english = chinese_sentences(book, found, lost=LOST), summary_sentences(book, found)
    for name in ("os_24", "free_24"):
        percents = r"(\d+)%（95% CI (\d+)%～(\d+)%）"
        shown = re.findall(percents, str(getattr(chinese, name)))
        assert shown == re.findall(
            r"(\d+)% \(95%\sCI\s(\d+)\sto\s(\d+)\)", str(getattr(english, name))
        )
        assert shown
    own = further_pool(book, LOST).part("")
    assert str(chinese.lost) == (
        f"{own.selection.k} 个队列的 {own.selection.n} 例患者中有 {own.events} 例"
    )
    for one in found:
        assert str(getattr(chinese.sure, one.finding.outcome)) == LEVELS_ZH[one.certainty.word]


def test_survival_that_nobody_prints_is_said_to_be_missing(book: Book) -> None:
    assert survival_at_zh(everyone_rows(book), "os", 999) == "未刊出"
