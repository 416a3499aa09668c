"""The list of what is installed agrees with the lock, with the environment and with its schema."""

from __future__ import annotations

import dataclasses
import json
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from review_copy import ROOT
from reviewbook.citation.edition import Edition
from reviewbook.site import SiteError, release
from reviewbook.site.installed import LOCK, installed, licence, locked, present
from reviewbook.site.manifest import write_manifest

COMMIT = "swh:1:rev:" + "0123456789" * 4
TWO = f"""one==1.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via
    #   the-book (pyproject.toml)
    #   two
two==2.0 ; python_version >= '3.9' \\
    --hash=sha256:{"c" * 64}
    # via the-book (pyproject.toml)
two==3.0 ; python_version < '3.9' \\
    --hash=sha256:{"d" * 64}
    # via the-book (pyproject.toml)
Other-Name==1 ; sys_platform == 'nowhere' \\
    --hash=sha256:{"e" * 64}
    # via two
"""


def said(**fields: str) -> Any:
    """What a package says of itself."""
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.fixture
def edition() -> Edition:
    return dataclasses.replace(Edition.load(ROOT), revision=COMMIT, date="2026-11-28")


@pytest.fixture
def bom(edition: Edition) -> dict[str, Any]:
    return json.loads(installed(ROOT, edition))


def test_a_lock_is_read_as_it_is_for_this_machine() -> None:
    found = locked(TWO)
    assert list(found) == ["one", "two"]
    assert found["one"].hashes == ("a" * 64, "b" * 64)
    assert found["one"].via == ("", "two")
    assert (found["two"].version, found["two"].via) == ("2.0", ("",))


def test_a_package_without_a_hash_is_refused() -> None:
    with pytest.raises(SiteError, match="one: expected a hash of each of its files"):
        locked("one==1.0\n    # via two\n")


def test_another_version_than_the_lock_has_is_refused() -> None:
    packages = locked((ROOT / LOCK).read_text(encoding="utf-8"))
    assert {"numpy", "jupyter-book", "pyyaml"} <= present(packages).keys()
    changed = packages | {"numpy": dataclasses.replace(packages["numpy"], version="0.1")}
    with pytest.raises(
        SiteError, match=rf"numpy {metadata.version('numpy')} where the lock has 0\.1"
    ):
        present(changed)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"License_Expression": "MIT AND PSF-2.0", "License": "GPL"}, "MIT AND PSF-2.0"),
        ({"License": "BSD-3-Clause"}, "BSD-3-Clause"),
        ({"License": "BSD"}, ""),
        ({"License": "MIT License\n\nPermission is hereby granted"}, ""),
        ({"License_Expression": "As we like"}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_told_where_it_is_stated_as_spdx_does(
    fields: dict[str, str], found: str
) -> None:
    assert licence(said(**fields)) == found


def test_it_is_valid_and_the_same_each_time(edition: Edition) -> None:
    text = installed(ROOT, edition)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == installed(ROOT, edition)
    later = dataclasses.replace(edition, revision=COMMIT.replace("0123", "3210"))
    assert json.loads(installed(ROOT, later))["serialNumber"] != json.loads(text)["serialNumber"]


def test_it_holds_what_is_installed_with_the_hashes_of_the_lock(bom: dict[str, Any]) -> None:
    assert bom["specVersion"] == "1.6"
    assert bom["metadata"]["timestamp"] == "2026-11-28T00:00:00+00:00"
    assert bom["metadata"]["component"]["bom-ref"] == COMMIT
    parts = {part["name"]: part for part in bom["components"]}
    assert len(parts) == len(bom["components"]) > 100
    packages = locked((ROOT / LOCK).read_text(encoding="utf-8"))
    for name, part in parts.items():
        assert part["version"] == metadata.version(name) == packages[name].version
        assert part["purl"] == f"pkg:pypi/{name}@{part['version']}"
        hashes = {(one["alg"], one["content"]) for one in part["hashes"]}
        assert hashes == {("SHA-256", value) for value in packages[name].hashes}
    assert parts["jsonschema"]["licenses"] == [{"license": {"id": "MIT"}}]


def test_it_says_who_asked_for_what(bom: dict[str, Any]) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    named = {ref: {one.rpartition("@")[0] for one in found} for ref, found in needs.items()}
    assert {"pkg:pypi/numpy", "pkg:pypi/click"} <= named[COMMIT]
    assert "pkg:pypi/kiwisolver" not in named[COMMIT]
    (matplotlib,) = [
        found for ref, found in named.items() if ref.startswith("pkg:pypi/matplotlib@")
    ]
    assert {"pkg:pypi/kiwisolver", "pkg:pypi/numpy"} <= matplotlib


def test_without_a_commit_there_is_no_list(edition: Edition) -> None:
    with pytest.raises(SiteError, match="needs a commit, found none"):
        installed(ROOT, dataclasses.replace(edition, revision=""))


def test_a_release_leaves_it_beside_the_archive(
    tmp_path: Path, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cloning and building stand aside: the rest of a release is done."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<body>\nOne</body>", encoding="utf-8")
    write_manifest(site)
    monkeypatch.setattr(release, "clone", lambda root, target: root)
    monkeypatch.setattr(release, "build_site", lambda root, address: site)
    monkeypatch.setattr(release.Edition, "load", lambda root: edition)
    version = release.release(ROOT, tmp_path / "published")
    assert {path.name for path in (tmp_path / "published").glob(f"{version}.*")} == {
        f"{version}.zip", f"{version}.zip.sha256", f"{version}.cdx.json",
    }  # fmt: skip
    text = (tmp_path / "published" / f"{version}.cdx.json").read_text(encoding="utf-8")
    assert text == installed(ROOT, edition)
