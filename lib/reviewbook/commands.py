"""Commands of the book: ``python -m reviewbook <command>``.

A command imports what it needs when it runs, and raises what goes wrong: `main` alone turns an
error that its user can mend into a message and an exit status.
"""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewbook import words
from reviewbook.review.project import find_root, toc_pages
from reviewbook.site import SiteError

if TYPE_CHECKING:
    import pandas as pd

    from reviewbook.book import Book

BUILT = Path("_build")
_COLUMNS = {  # of the printed ledger: name and heading
    **{name: name for name in ("topic", "quantity", "printed", "ours")},
    **{"primary": "GLMM", "verdict": "verdict"},
}
_CELL = 20  # characters of a cell on one line: the table fits into 120 columns
_REASON = 100  # characters of a line of a reason


class Commands(click.Group):
    """Commands in the order in which they are written; an unknown one is answered with the list."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names for the help."""
        return list(self.commands)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command by its name."""
        found = super().get_command(context, name)
        if found is None and not name.startswith("-"):
            known = ", ".join(map(repr, self.commands))
            context.fail(f"there is no command {name!r}; expected one of {known}")
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    The status is 0 when all is well, 1 when something is not as it should be, 2 for an unknown
    command or option, 130 when it was stopped. `arguments` are those of the process when omitted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        with commands.make_context("python -m reviewbook", list(given)) as context:
            status = commands.invoke(context) or 0
        sys.stdout.flush()
    except click.exceptions.Exit as done:  # after --help
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except click.Abort:  # Ctrl-C at a question, or no more answers
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    except KeyboardInterrupt as stop:
        print("\n" + "; ".join(["Stopped", *map(str, stop.args)]) + ".", file=sys.stderr)
        return 130
    except (SiteError, OSError, ValueError) as error:  # wrong settings and evidence are ValueErrors
        print(error, file=sys.stderr)
        return 1
    return int(status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Commands of the book."""


_path = click.Path(path_type=Path)
_root = click.argument("root", required=False, type=_path)


@commands.command()
@_root
def validate(root: Path | None) -> None:
    """Check data/ and say what is wrong, where.

    Prints every problem, or a short summary when there is none; that names cohorts with the same
    counts, which may be one cohort entered twice. ROOT is the folder of the review
    (default: found from here).
    """
    from reviewbook.book import open_book
    from reviewbook.pooling.study_book import open_studies
    from reviewbook.review.project import load_review
    from reviewbook.review.study_review import StudyReview
    from reviewbook.robustness import sensitivity, subsets
    from reviewbook.sphinxext.soundness import check_book

    review = load_review(root)
    if isinstance(review, StudyReview):
        studies = open_studies(root)
        check_book(review.root)
        print(studies.described())
        return
    book = open_book(root)
    check_book(review.root)
    frames = book.evidence.frames()
    rows = words.join(f"{name} {len(frame)}" for name, frame in frames.items())
    print(f"data/ is sound. Rows: {rows}; {len(book.evidence.citation_keys)} references.")
    for name, analysis_set in book.review.sets.items():
        if analysis_set.rules is None and book.evidence.article_table is None:
            print(f"{name}: absent")
            continue
        cohorts = book.eligible(name)
        size = words.count(int(cohorts["n_infused"].sum()), "patient")
        print(f"{name}: {words.count(len(cohorts), 'cohort')}, {size}")
        for outcome in book.review.outcomes:
            selection = book.select(outcome, name)
            share = words.counts(int(selection.events.sum()), int(selection.totals.sum()))
            print(f"    {outcome.id:20s} {words.count(selection.k, 'cohort')}, {share}")
            for found in selection.repeats():
                alike = "; ".join(found.labels or ())
                print(f"        {found.why}: {alike}. Are they the same patients?")
    for outcome in book.review.outcomes:
        k, label = book.select(outcome.id).k, words.within_sentence(outcome.label)
        for page, note in (
            ("The explorer", subsets.limit_note(k)),
            ("Subsets on the page on sensitivity", sensitivity.limit_note(k)),
        ):
            if note:
                print(f"{page}, {label}: {note}")


@commands.command()
@_root
@click.option("--json", "plain", is_flag=True, help="As JSON, with full precision.")
@click.option("--reasons", is_flag=True, help="Print the reason below each row.")
def verify(root: Path | None, *, plain: bool, reasons: bool) -> None:
    """Print the claims and every printed value beside ours.

    Claims with their verdict; a discrepancy is no error. ROOT is the folder of the review (default:
    found from here).
    """
    from reviewbook.book import open_book

    book = open_book(root)
    if plain:
        print(json.dumps(as_json(book), ensure_ascii=False, indent=1))
        return
    labels = book.review.recipe_labels
    for name in judged_sets(book):
        print(f"{book.review.set(name).label} ({name})\n")
        print(as_text(book.ledger(name), reasons=reasons))
        print(f"\nOf the pooled proportions {book.verdict_tally(name)}.")
        print(f"ours: {labels[book.review.comparison_recipe]};", end=" ")
        print(f"GLMM: {labels[book.review.primary_recipe]}\n")


def judged_sets(book: Book) -> list[str]:
    """Return the primary set, and the article's study table where it is present."""
    sets = [book.review.primary_set]
    if book.evidence.article_table is not None:
        sets += [name for name, item in book.review.sets.items() if item.rules is None]
    return sets


def as_text(ledger: pd.DataFrame, *, reasons: bool = False) -> str:
    """Return a ledger as an aligned table; the long words of a direction take several lines."""
    from tabulate import tabulate

    chips = [words.verdict(verdict) if verdict else "" for verdict in ledger["verdict"]]
    rows = ledger.assign(verdict=chips)[list(_COLUMNS)]
    text = tabulate(
        rows, list(_COLUMNS.values()), showindex=False, maxcolwidths=_CELL, disable_numparse=True
    )
    if not reasons:
        return text
    # The second line of a row begins with a blank, for a topic fits on one.
    head, rule, *entries = re.split(r"\n(?=\S)", text)
    lines = [head, rule]
    for row, reason in zip(entries, ledger["reason"], strict=True):
        lines += [row, textwrap.indent(textwrap.fill(reason, _REASON - 4), " " * 4)]
    return "\n".join(lines)


def as_json(book: Book) -> dict[str, Any]:
    """Return all ledgers with their tallies as plain data."""
    from reviewbook.evidence.rows import records

    ledgers = {}
    for name in judged_sets(book):
        frame = book.ledger(name)
        found = frame.loc[frame["quantity"] == "proportion", "verdict"].value_counts()
        tally = {verdict: int(found.get(verdict, 0)) for verdict in words.VERDICTS}
        ledgers[name] = {"tally": tally, "rows": records(frame)}
    return {
        "article": book.review.examined.doi,
        "version": book.review.version,
        "recipe": book.review.recipe(book.review.comparison_recipe).to_dict(),
        "ledgers": ledgers,
    }


@commands.command()
def build() -> None:
    """Build the site strictly from clean."""
    from reviewbook.book import open_book
    from reviewbook.review.project import load_review
    from reviewbook.site.build import build as build_site
    from reviewbook.site.build import why_unknown
    from reviewbook.site.manifest import RUN_TIMES
    from reviewbook.site.progress import slowest
    from reviewbook.sphinxext.soundness import check_references
    from reviewbook.words.computed import name_folder

    start = time.monotonic()
    root = find_root()
    count = len(toc_pages(root))
    print(f"Building {count} pages from clean; a few minutes.", flush=True)
    reason = why_unknown(root)
    if reason:
        print(f"The pages will say that the commit is unknown: {reason}", file=sys.stderr)
    check_references(root)
    site = build_site(root)
    print(f"\nBuilt {count} pages in {time.monotonic() - start:.0f} s.")
    times = [f"{page} {seconds:.0f} s" for page, seconds in slowest(root / BUILT / RUN_TIMES)]
    print(f"Slowest to execute: {', '.join(times)}.")
    if load_review(root).article is not None:
        name_folder(root)  # the build has computed it
        tally = open_book(root).verdict_tally()
        print(f"Of the pooled proportions that the article prints {tally}.")
    print(f"The site is {site}\nOpen {(site / 'index.html').as_uri()}")


@commands.command()
def fresh() -> None:
    """Say whether the site is as new as its sources."""
    from reviewbook.site.sources import assert_fresh

    assert_fresh(find_root())
    print("The site is as new as its sources.")


@commands.command()
@click.option("--port", default=8000, show_default=True, help="0, or one in use: any free one.")
def serve(port: int) -> None:
    """Show the built site on a port of this machine."""
    from reviewbook.site.serve import serve as show
    from reviewbook.site.sources import StaleSiteError, assert_fresh

    root = find_root()
    try:
        assert_fresh(root)
    except StaleSiteError as stale:
        print(stale, file=sys.stderr)
    show(root / BUILT / "html", port)


@commands.command()
@click.option("--port", default=8000, show_default=True, help="0, or one in use: any free one.")
def watch(port: int) -> None:
    """Build on every save; the browser reloads.

    Works in _build/watch and leaves the site in _build/html as it is. What goes wrong is said here
    and on the page that is open.
    """
    from reviewbook.site.watch import watch as show

    show(find_root(), port)


@commands.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Print what moved between two editions.

    OLD and NEW are two sites (folders with results.json, or such files): numbers, verdicts,
    certainties, the numbers of the text, and the rows, rules and commits that differ. Or they are
    two commits of this repository: then the older is run again with the newer rows, rules and
    code, one after the other, and each change is shared out among the three.
    """
    from reviewbook.book.results.telling import differences

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    root = Path.cwd() if Path(old).exists() else find_root()
    print("\n".join(differences(old, new, root, report=report)).strip())


@commands.command()
@click.argument("entry", required=False, type=_path)
@click.option("--root", type=_path, help="Folder of the review (default: found from here).")
@click.option("--dry-run", is_flag=True, help="Show what would move; write nothing.")
def add_report(entry: Path | None, root: Path | None, *, dry_run: bool) -> None:
    """Add a report to data/ and show what it moves.

    ENTRY is a TOML file (docs/adding-a-report.md has the form); without one the report is asked
    for. It goes through the checks of `validate`. Rows are appended to all tables or to none, and
    no row is overwritten.
    """
    from reviewbook.book import open_book
    from reviewbook.book.adding.add import add_report as add
    from reviewbook.book.adding.files import restore

    place = find_root(root)
    if put_back := restore(place / "data"):
        print(f"A run before was cut off; put back: {', '.join(put_back)}.", file=sys.stderr)
    add(open_book(place), entry, dry_run=dry_run)


@commands.command()
@click.argument("folder", metavar="DIR", type=_path)
@click.option("--from", "table", type=_path, help="CSV: study, events, total; outcome, groups.")
@click.option("--printed", type=_path, help="CSV of published values, in percent.")
@click.option("--outcome", default="", help="What was counted, if the table does not name it.")
@click.option("--title", default="", help="Title of the book (default: from DIR).")
@click.option("--author", default="", help="Who is cited as its author.")
def new_review(
    folder: Path, table: Path | None, printed: Path | None, outcome: str, title: str, author: str
) -> None:
    """Write a book for a review of your own.

    DIR becomes a complete folder: data, settings, pages, tests and the libraries. Without --from it
    holds made-up example rows.
    """
    from reviewbook.site.new_review.folder import new_review as write

    book = write(folder, table, printed=printed, outcome=outcome, title=title, author=author)
    print(book.described())
    print(f"The book is in {folder}. In that folder: make book, then make test.")


@commands.command()
@click.argument("site", default=BUILT / "html", type=_path)
def verify_site(site: Path) -> int:
    """Compare a copy of the site with its manifest.

    The manifest is SHA256SUMS in its root; SITE is the folder of the copy (default: _build/html).
    """
    from reviewbook.site.manifest import SUMS
    from reviewbook.site.manifest import verify_site as compare

    result = compare(site)
    for word in ("changed", "missing", "extra"):
        for path in getattr(result, word):
            print(f"{word:8} {path}")
    state = "intact" if result.intact else "NOT as published"
    print(f"{site}: {result.checked} files in {SUMS}, {state}.")
    return int(not result.intact)


@commands.command()
@click.argument("folder", default=BUILT / "release", type=_path)
@click.option("--archives", type=_path, help="Folder with the zips of earlier releases.")
def release_site(folder: Path, archives: Path | None) -> None:
    """Add a version to a site ready to be published.

    Builds the committed state under v/X.Y/. FOLDER is the published folder (default:
    _build/release); older versions in it stay. Beside the archive of the site stands what is
    installed here, as CycloneDX.
    """
    from reviewbook.site.release import minor, release

    version = release(find_root(), folder, archives)
    print(f"Version {version} is in {folder / 'v' / minor(version)}")
    print((folder / f"{version}.zip.sha256").read_text(encoding="utf-8").strip())


@commands.command()
@click.option("--keep", type=_path, help="Keep the two sites in this folder.")
def reproducible(keep: Path | None) -> int:
    """Build twice and compare byte for byte.

    Both are of the current commit, in folders of their own. A site that was built from it is the
    first of them.
    """
    from reviewbook.site.release import compare_two_builds

    count, differing = compare_two_builds(find_root(), keep)
    for path in differing:
        print(f"differs  {path}")
    print(f"{count} files, {len(differing)} of them differ between two clean builds.")
    return int(bool(differing))


@commands.command()
@click.argument("pages", nargs=-1)
@click.option("--output", default=BUILT / "pdf", type=_path, show_default=True)
def pdf(pages: tuple[str, ...], output: Path) -> None:
    """Print the built book to PDF.

    PAGES, such as chapters/methods, become a PDF each; none: the whole book, one PDF.
    """
    from reviewbook.site.build import SITE
    from reviewbook.site.pdf import print_book, print_page
    from reviewbook.site.sources import assert_fresh

    root = find_root()
    assert_fresh(root)
    for page in pages:
        name = page.removesuffix(".html")
        target = output / f"{name.replace('/', '-')}.pdf"
        print(print_page(root / SITE / f"{name}.html", target))
    if not pages:
        print(print_book(root / SITE, toc_pages(root), output / "book.pdf"))


@commands.command()
@click.argument("files", nargs=-1, required=True, type=_path)
def provenance(files: tuple[Path, ...]) -> None:
    """Print SHA-256 and SWHID of files.

    Of a notebook also the hash of its outputs, which says nothing of when or how fast it ran.
    """
    from reviewbook.citation.provenance import outputs_hash, sha256, swhid

    for path in files:
        content = path.read_bytes()
        print(f"{path}\n  sha256  {sha256(content)}\n  swhid   {swhid(content)}")
        if path.suffix == ".ipynb":
            print(f"  outputs {outputs_hash(json.loads(content))}")


@commands.command()
def deposit() -> None:
    """Write the files that archives read.

    They are CITATION.cff, codemeta.json and .zenodo.json, from data/review.toml.
    """
    from reviewbook.citation.deposit import deposit_files
    from reviewbook.citation.edition import Edition

    root = find_root()
    for name, text in deposit_files(Edition.load(root)).items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
        print(root / name)


@commands.command()
def addresses() -> None:
    """Add what is new to the published addresses.

    Reads the built site; the list is in tests/site/published_urls.txt and only grows.
    """
    from reviewbook.site.addresses import extend_list

    known, new = extend_list(find_root())
    print(f"{known} addresses were published before, {new} are new.")


@commands.command()
@click.argument("root", type=_path)
@click.argument("folder", type=_path)
def explorer(root: Path, folder: Path) -> None:
    """Write the data of the explorer to FOLDER.

    The build does this for the page on which a reader ticks cohorts.
    """
    from reviewbook.book import open_book
    from reviewbook.robustness.subsets import write

    write(open_book(root), folder, report=print)
