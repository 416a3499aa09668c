"""The publishing workflow asks the repository for addresses; Binder starts from the lock."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from review_copy import ROOT
from reviewbook.citation.edition import BASE_URL_VARIABLE
from reviewbook.citation.repository import REPOSITORY_VARIABLE, configuration


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    (path,) = (ROOT / ".github" / "workflows").glob("*.yml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_address_of_the_repository_is_that_of_the_run(workflow: dict[str, Any]) -> None:
    assert workflow["env"][REPOSITORY_VARIABLE] == (
        "${{ github.server_url }}/${{ github.repository }}"
    )


def test_every_job_that_builds_for_readers_asks_pages_for_the_address(
    workflow: dict[str, Any],
) -> None:
    jobs = workflow["jobs"]
    (step,) = jobs["address"]["steps"]
    assert step["uses"].startswith("actions/configure-pages@")
    assert jobs["address"]["outputs"]["base_url"] == (
        f"${{{{ steps.{step['id']}.outputs.base_url }}}}"
    )
    for name in ("build", "release"):
        assert "address" in jobs[name]["needs"]
        assert jobs[name]["env"][BASE_URL_VARIABLE] == "${{ needs.address.outputs.base_url }}"


def test_no_address_of_a_book_stands_in_workflow_or_settings(workflow: dict[str, Any]) -> None:
    written = re.findall(r"https?://[^\s'\"}]+", str(workflow))
    assert written == []
    assert "url" not in configuration(ROOT)["repository"]
    settings = tomllib.loads((ROOT / "data" / "review.toml").read_text(encoding="utf-8"))
    assert settings["base_url"] == ""


def test_the_branch_that_colab_opens_is_the_one_that_is_written(workflow: dict[str, Any]) -> None:
    branch = configuration(ROOT)["launch_buttons"]["notebook_branch"]
    commands = workflow["jobs"]["notebooks"]["steps"][-1]["run"]
    assert f"git checkout --orphan {branch}\n" in commands
    assert f"git push --force origin {branch}" in commands


def test_binder_starts_from_the_lock() -> None:
    folder = ROOT / "binder"
    script = folder / "postBuild"
    assert os.access(script, os.X_OK), "repo2docker runs it"
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    text = script.read_text(encoding="utf-8")
    assert "make setup" in text
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes --only-binary :all: -r requirements.lock" in makefile
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^ipykernel==", locked, flags=re.MULTILINE), "postBuild registers a kernel"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert (folder / "runtime.txt").read_text(encoding="utf-8") == f"python-{oldest}\n"


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_each_action_is_pinned_by_its_commit_and_its_version(workflow: dict[str, Any]) -> None:
    """A tag can be moved by whoever takes over the action; a commit cannot."""
    text = (ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.*)", text)
    assert len(uses) == sum("uses" in step for step in steps(workflow)) > 10
    for one in uses:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one
    versions = {one.split("@")[0]: set() for one in uses}
    for one in uses:
        versions[one.split("@")[0]].add(one.split("@")[1])
    assert all(len(known) == 1 for known in versions.values()), versions


def test_no_job_has_more_rights_than_it_states(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"], name
        written = {right for right, level in job["permissions"].items() if level == "write"}
        assert not written or name in ("notebooks", "release", "attest", "deploy"), name
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_what_is_published_is_signed(workflow: dict[str, Any]) -> None:
    signed = [s for s in steps(workflow) if "attest-build-provenance" in s.get("uses", "")]
    subjects = " ".join(step["with"]["subject-path"] for step in signed)
    assert "site/SHA256SUMS" in subjects
    assert {"_build/release/*.zip", "_build/release/*.cdx.json"} <= set(subjects.split())
    (attach,) = [s for s in steps(workflow) if "gh release upload" in s.get("run", "")]
    assert '"_build/release/$version.cdx.json"' in attach["run"]
