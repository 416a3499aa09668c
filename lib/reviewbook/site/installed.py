"""What is installed where a site is built, as a list that machines read: CycloneDX 1.6, JSON.

Every package of ``requirements.lock`` that is installed, with its version, the hashes that the lock
allows, its licence where its metadata state one as SPDX does, and which package asked for it. The
same commit gives the same list on the same platform: its number comes from the commit, and its time
is the day of the commit.

References
----------
.. [1] ECMA-424, CycloneDX Bill of Materials, 1st edition (version 1.6).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reviewbook.citation.edition import Edition
from reviewbook.site import SiteError

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

LOCK = "requirements.lock"
_PACKAGE = re.compile(r"^[a-z0-9][a-z0-9._-]*==.*?(?=\s*\\?$)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# (?:via |  )(\S.*)$", re.MULTILINE)
_BOOK = re.compile(r"\(pyproject\.toml\)$")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package as the lock names it: version, SHA-256 of its files, and who asked for it.

    `via` holds names of packages, and an empty name for the book itself.
    """

    version: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def locked(text: str) -> dict[str, Locked]:
    """Return the packages that a lock of ``uv pip compile`` has for this machine, by name.

    A block of the lock is a package with its hashes, and a comment on who asks for it. For other
    systems and versions of Python it may have others.

    Raises
    ------
    SiteError
        Names a package without a hash.
    """
    found: dict[str, Locked] = {}
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE):
        head = _PACKAGE.match(block)
        if head is None:
            continue
        asked = Requirement(head[0])
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        name, (version,) = canonicalize_name(asked.name), asked.specifier
        if not (hashes := tuple(_HASH.findall(block))):
            raise SiteError(f"{LOCK}: {name}: expected a hash of each of its files, found none")
        via = tuple("" if _BOOK.search(one) else one for one in _VIA.findall(block))
        found[name] = Locked(version.version, hashes, via)
    return found


def present(packages: Mapping[str, Locked]) -> dict[str, metadata.PackageMetadata]:
    """Return what the packages of a lock that are installed here say of themselves, by name.

    Raises
    ------
    SiteError
        Names those that are installed in another version than the lock has.
    """
    found: dict[str, metadata.PackageMetadata] = {
        canonicalize_name(one.metadata["Name"]): one.metadata for one in metadata.distributions()
    }
    here = {name: found[name] for name in sorted(packages) if name in found}
    others = [
        f"{name} {said['Version']} where the lock has {packages[name].version}"
        for name, said in here.items()
        if said["Version"] != packages[name].version
    ]
    if others:
        raise SiteError(f"{LOCK} is not what is installed: {'; '.join(others)}")
    return here


def licence(said: metadata.PackageMetadata) -> str:
    """Return the licence of a package where its metadata state it as SPDX does, else nothing.

    That is an expression in the field made for it, or the identifier of a licence in the older one.
    """
    from cyclonedx.spdx import is_expression, is_supported_id

    expression, older = (
        next(iter(said.get_all(field) or ()), "") for field in ("License-Expression", "License")
    )
    if expression and is_expression(expression):
        return expression
    return older if is_supported_id(older) else ""


def _component(name: str, one: Locked, said: metadata.PackageMetadata) -> Component:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    stated = licence(said)
    purl = PackageURL("pypi", None, name, one.version)
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=one.version,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=value) for value in one.hashes],
        licenses=[LicenseFactory().make_from_string(stated)] if stated else [],
    )


def installed(root: Path, edition: Edition) -> str:
    """Return the list for the book at `root`, as text.

    Raises
    ------
    SiteError
        When the lock is not what is installed, or the commit of the book is unknown.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    if not edition.revision or not edition.issued:
        raise SiteError(f"{root}: the list of what is installed needs a commit, found none")
    packages = locked((root / LOCK).read_text(encoding="utf-8"))
    said = present(packages)
    parts = {name: _component(name, packages[name], said[name]) for name in said}
    book = Component(
        type=ComponentType.APPLICATION,
        name=edition.review.title,
        version=edition.review.version,
        bom_ref=edition.revision,
    )
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, edition.revision),
        metadata=BomMetaData(
            component=book, timestamp=datetime.fromisoformat(edition.issued).replace(tzinfo=UTC)
        ),
        components=parts.values(),
    )
    for name, part in {"": book, **parts}.items():
        asked_for = [parts[other] for other in parts if name in packages[other].via]
        bom.register_dependency(part, asked_for)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"
