"""What would end a build although settings and evidence are sound, asked before it begins."""

from __future__ import annotations

import re
from pathlib import Path

from pybtex.database import parse_file
from pybtex.style.template import FieldIsMissing

from reviewbook import words
from reviewbook.evidence.cited_as import cited_as
from reviewbook.evidence.evidence import BIBLIOGRAPHY
from reviewbook.site.build import BuildError, check_contents

from .references import ReferenceList

_COMMAND = re.compile(r"\\[A-Za-z]+")
_FORMULA = re.compile(r"\$[^$]*\$")


def unlisted(path: Path) -> list[str]:
    """Return the entries of a bibliography that the list of references cannot print, with why."""
    style, found = ReferenceList(), []
    entries = parse_file(str(path), "bibtex", encoding="utf-8").entries
    for key, cited in cited_as(entries).items():
        entry = entries[key]
        entry.fields["year"] = cited.when  # as the pages date it, also where no year is given
        try:
            shown = " ".join(str(one.text) for one in style.format_entries([entry]))
            # What TeX knows and the list does not would stand there as it was typed.
            if command := _COMMAND.search(_FORMULA.sub("", shown)):
                found.append(f"{key}: expected text without {command[0]}, which is no letter")
        except FieldIsMissing as missing:
            found.append(f"{key}: {missing}")
        except AttributeError:  # the style looks for a method of that name
            found.append(f"{key}: expected a type that BibTeX knows, found @{entry.type}")
    return found


def check_book(root: Path) -> None:
    """Raise for what would end a build of the book at `root` although its evidence is sound.

    A folder without contents, which holds data alone, is no book yet.

    Raises
    ------
    ProjectError, BuildError
        What is wrong, and where.
    """
    if (root / "_toc.yml").is_file():
        check_contents(root)
    check_references(root)


def check_references(root: Path) -> None:
    """Raise for entries of the bibliography that cannot be listed."""
    if lines := unlisted(root / "data" / BIBLIOGRAPHY):
        number = words.count(len(lines), "entry")
        raise BuildError("\n  ".join([f"{BIBLIOGRAPHY}: {number} cannot be listed:", *lines]))
