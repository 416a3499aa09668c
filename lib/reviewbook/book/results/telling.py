"""The difference of two editions in lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tabulate import tabulate

from reviewbook import words

from .collect import read_results
from .document import RESULTS
from .listing import number_moves, read_numbers
from .moves import (
    NEGLIGIBLE,
    Move,
    RowMove,
    change_text,
    moves,
    row_moves,
    setting_moves,
    told,
    told_estimate,
)
from .numbers import Numbers, numbers_of
from .shares import Share, shares_between, sums_up

_HEADS = {
    "words": "Verdicts, certainties and findings",
    "counts": "Counts",
    "estimates": "Estimates",
}
MOST_ALONE = 20
"""More values than this that only one edition has are counted, not listed."""
ORDER = (
    "Shares are taken in this order: rows, then rules, then code. The order matters: a row that "
    "only newer rules let in counts for the rules, and another order may share out otherwise."
)


def differences(
    old: str, new: str, repository: Path, *, report: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Yield what differs between two sites, or between two commits with the shares of each step.

    Parameters
    ----------
    old, new : str
        Folders of sites, or files of results; or commits of the repository.
    repository : Path
        Root of the book, for commits.
    report : callable
        Is told what is being run.

    Raises
    ------
    ValueError
        When one is a site and the other is not, or either cannot be read or run.
    """
    sites = [Path(one).exists() for one in (old, new)]
    if all(sites):
        documents = [read_results(Path(one)).model_dump(mode="json") for one in (old, new)]
        yield from _section("Sources, rules and recipes", list(setting_moves(*documents)))
        numbers = [numbers_of(document) for document in documents]
        yield from _moved(*numbers)
        before, after = (read_numbers(Path(one)) for one in (old, new))
        if before is not None and after is not None:
            yield from _section("Numbers of the text", list(number_moves(before, after)))
    elif any(sites):
        site, other = (old, new) if sites[0] else (new, old)
        raise ValueError(
            f"{site} is a file or folder and {other!r} is not; expected two sites with {RESULTS}, "
            "or two commits"
        )
    else:
        yield from _between_commits(shares_between(repository, old, new, report=report))


def _between_commits(shares: Sequence[Share]) -> Iterator[str]:
    before, after = shares[0].before, shares[-1].after
    yield from _moved(before, after)
    yield from _section("Shares of rows, rules and code", [ORDER])
    for share in shares:
        if share.why_joined:
            yield (
                f"{str(words.join(share.steps)).capitalize()} cannot be told apart: the older "
                f"edition does not run with {share.steps[0]} of the newer one alone "
                f"({share.why_joined})."
            )
    heads = ["", "old", *(str(words.join(share.steps)) for share in shares), "in all", "new"]
    names = dict.fromkeys(
        one.name
        for start, end in [(before, after), *((s.before, s.after) for s in shares)]
        for one in moves(start, end)
        if one.change is not None and not one.negligible
    )
    rows = [_share_row(shares, name) for name in names]
    if rows:
        yield ""
        yield tabulate(rows, heads, disable_numparse=True)
        yield ""
        yield "The shares of each line add up to its whole change, where it is there all the way."
    for one in moves(before, after):
        if one.kind == "words" and None not in (one.old, one.new):
            values = [share.before["words"].get(one.name) for share in shares]
            values.append(after["words"].get(one.name))
            steps = [told("words", one.name, value) for value in values]
            where = [
                str(words.join(share.steps))
                for share, (start, end) in zip(shares, pairwise(steps), strict=True)
                if start != end
            ]
            yield f"{one.name}: {' -> '.join(steps)}, by {', then '.join(where)}"


def _share_row(shares: Sequence[Share], name: str) -> list[str]:
    total = sums_up(shares, name)
    parts = [share.of(name) for share in shares]
    cells = ["not there" if part is None else change_text(name, part) for part in parts]
    whole = "" if total is None else change_text(name, total)
    ends = [
        told_estimate(name, state["estimates"].get(name))
        for state in (shares[0].before, shares[-1].after)
    ]
    return [name, ends[0], *cells, whole, ends[1]]


def _moved(old: Numbers, new: Numbers) -> Iterator[str]:
    yield from _section("Rows", [_row_text(one) for one in row_moves(old, new)])
    found = moves(old, new)
    told_moves = [one for one in found if not one.negligible]
    for kind, head in _HEADS.items():
        yield from _section(head, list(_told([one for one in told_moves if one.kind == kind])))
    same = sum(len(new[kind]) for kind in _HEADS) - sum(one.new is not None for one in found)
    yield ""
    yield f"{len(told_moves)} moved, {same} stayed as they were."
    if len(found) > len(told_moves):
        number = len(found) - len(told_moves)
        yield f"{number} more differ by less than {NEGLIGIBLE:g}, as a fit that iterates may."


def _told(found: Sequence[Move]) -> Iterator[str]:
    """Yield moves; many that one edition does not have at all, as one without results, are counted.

    An edition that writes no results is measured by fewer numbers.
    """
    alone = [one for one in found if None in (one.old, one.new)]
    listed = found if len(alone) <= MOST_ALONE else [one for one in found if one not in alone]
    yield from map(str, listed)
    if len(listed) < len(found):
        yield f"{len(alone)} more are there in one of the two editions only"


def _row_text(move: RowMove) -> str:
    parts = []
    if move.entered:
        parts.append(f"entered {', '.join(move.entered)}")
    if move.left:
        parts.append(f"left {', '.join(move.left)}")
    return f"{move.row} ({move.label}) {'; '.join(parts)}"


def _section(head: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield head
    yield from lines or ["no difference"]


def before_and_after(old: Numbers, new: Numbers) -> str:
    """Return what moved as one text."""
    return "\n".join(_moved(old, new)).strip()
