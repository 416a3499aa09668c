"""The same sources give the same site: when two build at once, elsewhere, and at another time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewbook.site.manifest import verify_site
from reviewbook.site.new_review.folder import new_review
from reviewbook.site.release import differing_files

BUILD = "import os, sys; os.umask(int(sys.argv[1], 8)); from reviewbook.commands import main; "
# At this moment it is the first of March in Los Angeles and the second on Kiritimati.
COMMITTED = "2026-03-01T23:30:00+00:00"


def committed(root: Path) -> None:
    """Make the folder of a book a repository with one commit."""
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), COMMITTED)
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "A book"]):
        subprocess.run(
            ["git", *command], cwd=root, env={**os.environ, **dates}, check=True,
            capture_output=True,
        )  # fmt: skip


def build(root: Path, home: Path, zone: str, umask: str) -> subprocess.Popen[str]:
    """Begin to build a book as somebody who lives elsewhere."""
    home.mkdir(exist_ok=True)
    elsewhere = {"TZ": zone, "HOME": str(home), "PYTHONPATH": str(root / "lib")}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REVIEWBOOK_")}
    return subprocess.Popen(
        [sys.executable, "-c", f"{BUILD}sys.exit(main(['build']))", umask],
        cwd=root, env=environment | elsewhere, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.slow
def test_two_builds_at_once_and_one_elsewhere_give_one_site(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "a longer way" / "there"
    new_review(here)
    committed(here)
    there.parent.mkdir()
    clone = ["git", "clone", "-q", "--no-hardlinks", str(here), str(there)]
    subprocess.run(clone, check=True)

    both = [build(here, tmp_path / "home", "Pacific/Kiritimati", "022") for _ in "ab"]
    said = [process.communicate(timeout=600)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Waiting for another build in" in text for text in said) == 1
    for text in said:
        assert "Built 8 pages" in text
    site = here / "_build" / "html"
    assert verify_site(site).intact
    assert not (here / "_build" / "staging").exists()
    assert not (here / "_build" / "html.old").exists()

    third = build(there, tmp_path / "other home", "America/Los_Angeles", "077")
    told = third.communicate(timeout=600)[0]
    assert third.returncode == 0, told
    assert differing_files(site, there / "_build" / "html") == []
    cited = (site / "CITATION.cff").read_text(encoding="utf-8")
    assert "2026-03-01" in cited, "the day of the commit, wherever it is built"
