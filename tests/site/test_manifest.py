"""The built site is what its manifest says, and holds nothing of the run that built it."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_copy import ROOT
from reviewbook.site.manifest import verify_site

pytestmark = pytest.mark.site


def test_the_built_site_is_as_its_manifest_says(site: Path) -> None:
    found = verify_site(site)
    assert (found.changed, found.missing, found.extra) == ((), (), ())


def test_nothing_of_the_run_is_left_in_the_site(site: Path) -> None:
    for name in (".buildinfo", ".doctrees", "reports", "run-times.csv"):
        assert not (site / name).exists()
    here = str(ROOT).encode()
    leaks = [p for p in site.rglob("*") if p.is_file() and here in p.read_bytes()]
    assert leaks == [], "a path of the machine that built the site is in it"
