"""Why a number moved between two commits: their rows, their rules or their code.

The older edition is run again with the newer rows, then with the newer rules, then with the newer
code, which is the newer edition. The share of each is the change it brings in this order; the three
add up to the whole because each begins where the one before it ended. In another order they may be
others: a row that only newer rules let in counts for the rules here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from reviewbook.citation.provenance import ARCHIVE_FILE
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.review.project import ROOT_VARIABLE

from . import numbers as measuring
from .numbers import Numbers

ROWS, RULES, CODE = "rows", "rules", "code"
STEPS = (ROWS, RULES, CODE)
"""The order in which the older edition becomes the newer one."""
RULES_FILE = "review.toml"
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Share:
    """What one step, or several that cannot be told apart, changed.

    Attributes
    ----------
    steps : tuple of str
        Of :data:`STEPS`.
    before, after : Numbers
    why_joined : str
        Why the steps cannot be told apart; "" for a single one.
    """

    steps: tuple[str, ...]
    before: Numbers
    after: Numbers
    why_joined: str = ""

    def of(self, name: str) -> float | None:
        """Return the change of an estimate; None where it does not exist before or after."""
        start, end = (one["estimates"].get(name, [None])[0] for one in (self.before, self.after))
        return None if start is None or end is None else float(end - start)


def sums_up(shares: Sequence[Share], name: str) -> float | None:
    """Return the sum of the shares of an estimate, which is the whole change.

    Raises
    ------
    AssertionError
        When it is not.
    """
    parts = [share.of(name) for share in shares]
    if None in parts:
        return None
    total = sum(part for part in parts if part is not None)
    whole = shares[-1].after["estimates"][name][0] - shares[0].before["estimates"][name][0]
    assert abs(total - whole) <= TOLERANCE, (name, total, whole)
    return total


def shares_between(
    repository: Path, old: str, new: str, *, report: Callable[[str], None] = lambda _: None
) -> list[Share]:
    """Return the shares of rows, rules and code in what moved between two commits.

    Parameters
    ----------
    repository : Path
        A clone of the book.
    old, new : str
        Commits, as git names them.
    report : callable
        Is told what is being run; a run takes some ten seconds.

    Raises
    ------
    ValueError
        When there is no repository or no such commit, or one of the two editions cannot be run.
    """
    names = [commit_of(repository, name) for name in (old, new)]
    with _trees(repository, *names) as (older, newer, scratch):
        report(f"Running {old} ({names[0][:12]})")
        states = {0: _run(older, older, older, scratch)}
        reasons: dict[int, str] = {}
        mixed = {1: (older, older, newer), 2: (older, newer, newer)}
        for number, (code, rules, rows) in mixed.items():
            report(f"Running {old} with {' and '.join(STEPS[:number])} of {new}")
            try:
                states[number] = _run(code, rules, rows, scratch)
            except ValueError as error:
                reasons[number] = str(error)
        report(f"Running {new} ({names[1][:12]})")
        states[3] = _run(newer, newer, newer, scratch)
    done = sorted(states)
    return [
        Share(
            STEPS[start:end],
            states[start],
            states[end],
            "; ".join(reasons[number] for number in range(start + 1, end)),
        )
        for start, end in pairwise(done)
    ]


def commit_of(repository: Path, name: str) -> str:
    """Return the full hash of a commit.

    Raises
    ------
    ValueError
        When the folder is no repository, git is not there, or it knows no such commit.
    """
    if not (repository / ".git").exists():
        raise ValueError(f"{repository} is no git repository; expected a clone of the book")
    done = _git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if done.returncode:
        raise ValueError(
            f"{name!r} is neither a site with results.json nor a commit of {repository}"
        )
    return done.stdout.decode().strip()


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "--no-optional-locks", "-C", str(repository), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise ValueError(f"git cannot be run ({error.strerror})") from None


@contextmanager
def _trees(repository: Path, *names: str) -> Iterator[tuple[Path, Path, Path]]:
    """Unpack two commits into a folder that goes away again; the repository is only read."""
    with tempfile.TemporaryDirectory(prefix="reviewbook-") as scratch:
        places = []
        for place, name in zip(("old", "new"), names, strict=True):
            # Without its own libraries a commit would be run by those that are installed.
            for needed in (f"data/{RULES_FILE}", "lib/reviewbook/__init__.py"):
                if _git(repository, "cat-file", "-e", f"{name}:{needed}").returncode:
                    raise ValueError(f"commit {name[:12]} holds no {needed}; expected a book")
            done = _git(repository, "archive", "--format=tar", name)
            if done.returncode:
                raise ValueError(f"git archive {name}: {done.stderr.decode().strip()}")
            target = Path(scratch) / place
            with tarfile.open(fileobj=BytesIO(done.stdout)) as packed:
                packed.extractall(target, filter="data")
            places.append(target)
        yield places[0], places[1], Path(scratch)


def _run(code: Path, rules: Path, rows: Path, scratch: Path) -> Numbers:
    """Run the code of one tree on the rules of another and the rows of a third."""
    with tempfile.TemporaryDirectory(prefix="mixed-", dir=scratch) as folder:
        root = Path(folder)
        shutil.copytree(rows / "data", root / "data")
        shutil.copyfile(rules / "data" / RULES_FILE, root / "data" / RULES_FILE)
        for name in ("_toc.yml", "_config.yml", ARCHIVE_FILE):
            if (code / name).is_file():
                shutil.copyfile(code / name, root / name)
        # The file alone: its own folder must not stand before the libraries of `code`.
        program = Path(folder) / "measure.py"
        shutil.copyfile(Path(measuring.__file__), program)
        environment = {**os.environ, "PYTHONPATH": str(code / "lib"), "PYTHONHASHSEED": "0"}
        environment.pop(ROOT_VARIABLE, None)
        # Whether rows are sound is for their own edition to say; another may lack words or rules
        # that its checks need. An edition that does not know the variable checks them all the same.
        environment[SOUND] = digest(root / "data") if rows != code else ""
        command = [sys.executable, "-P", str(program), str(root)]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise ValueError(f"the run failed: {lines[-1].strip()}")
    found: Numbers = json.loads(done.stdout)
    return found
