"""Where the source of the book can be read, run and answered: addresses at its host.

The repository is the one of Jupyter Book's ``_config.yml`` (``repository: url, branch,
path_to_book``); ``$REVIEWBOOK_REPOSITORY`` overrides its address, so that a publishing workflow
need not edit a file. Without either the book has no repository, and no page points to one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import yaml

REPOSITORY_VARIABLE = "REVIEWBOOK_REPOSITORY"
CONFIGURATION = "_config.yml"
BRANCH = "master"  # Jupyter Book's default
INTERFACES = {"classic": "tree", "jupyterlab": "lab/tree"}
"""``launch_buttons: notebook_interface`` and the path of it on a Jupyter server."""


@dataclass(frozen=True, slots=True)
class _Host:
    """How a host of repositories builds its addresses; empty where it has no such page."""

    source: str
    edit: str
    issue: Callable[[str, str], str]
    binder: str
    archive: str


_HOSTS = {
    "github": _Host(
        source="/blob/{ref}/{path}?plain=1",
        edit="/edit/{ref}/{path}",
        issue=lambda title, body: "/issues/new?" + _query(title=title, body=body),
        binder="gh/{owner}/{name}",
        archive="/archive/{ref}.tar.gz",
    ),
    "gitlab": _Host(
        source="/-/blob/{ref}/{path}?plain=1",
        edit="/-/edit/{ref}/{path}",
        issue=lambda title, body: (
            "/-/issues/new?" + _query(**{"issue[title]": title, "issue[description]": body})
        ),
        binder="gl/{owner}%2F{name}",
        archive="/-/archive/{ref}/{name}-{ref}.tar.gz",
    ),
}


def _query(**fields: str) -> str:
    return urlencode(fields, quote_via=quote)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a host that is known here: GitHub or GitLab, or a server named after it.

    Attributes
    ----------
    url : str
        ``https://host/owner/name``, without a final slash.
    branch : str
        Branch that links lead to.
    path : str
        Folder of the book below the repository's root; empty for the root.
    """

    url: str
    branch: str = BRANCH
    path: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        names = parts.path.strip("/").split("/")
        known = any(name in parts.netloc for name in _HOSTS)
        if parts.scheme != "https" or not known or len(names) < 2 or self.url.endswith("/"):
            raise ValueError(
                f"repository is {self.url!r}, expected https://HOST/OWNER/NAME at "
                f"{' or '.join(_HOSTS)}"
            )

    @property
    def host(self) -> str:
        """``"github"`` or ``"gitlab"``."""
        return next(name for name in _HOSTS if name in urlsplit(self.url).netloc)

    @property
    def owner(self) -> str:
        """Who has it: a user, an organisation, or a group with its subgroups."""
        return urlsplit(self.url).path.strip("/").rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]

    def source(self, file: str, ref: str = "") -> str:
        """Address at which `file` of the book is shown as text, at commit `ref` or the branch."""
        return self._page(_HOSTS[self.host].source, file, ref)

    def edit(self, file: str) -> str:
        """Address at which a change of `file` of the book can be proposed."""
        return self._page(_HOSTS[self.host].edit, file)

    def issue(self, title: str, body: str) -> str:
        """Address of a new issue with title and text filled in."""
        return self.url + _HOSTS[self.host].issue(title, body)

    def archive(self, ref: str) -> str:
        """Address of the sources at `ref` as an archive."""
        return self.url + _HOSTS[self.host].archive.format(ref=ref, name=self.name)

    def binder(self, server: str, file: str, interface: str = "classic") -> str:
        """Address that starts `file` of the book on a BinderHub.

        Raises
        ------
        ValueError
            For an interface other than those of `INTERFACES`.
        """
        if interface not in INTERFACES:
            raise ValueError(
                f"notebook_interface is {interface!r}, expected one of {', '.join(INTERFACES)}"
            )
        # A server of one's own is asked by its whole address.
        public = urlsplit(self.url).netloc in ("github.com", "gitlab.com")
        where = _HOSTS[self.host].binder if public else "git/{url}"
        owner = quote(self.owner, safe="")
        place = where.format(owner=owner, name=self.name, url=quote(self.url, safe=""))
        opened = f"{INTERFACES[interface]}/{self._inside(file)}"
        return f"{server.rstrip('/')}/v2/{place}/{quote(self.branch, safe='')}?urlpath={opened}"

    def colab(self, server: str, file: str, branch: str = "") -> str:
        """Address that opens the notebook `file` in Colab; empty where it cannot be reached.

        Colab reads ``.ipynb`` files of GitHub and nothing else. `branch` is one that holds
        notebooks only, at its root.
        """
        if urlsplit(self.url).netloc != "github.com" or not file.endswith(".ipynb"):
            return ""
        path = file if branch else self._inside(file)
        place = f"{self.owner}/{self.name}/blob/{branch or self.branch}/{path}"
        return f"{server.rstrip('/')}/github/{place}"

    def _inside(self, file: str) -> str:
        return "/".join(filter(None, (self.path.strip("/"), file)))

    def _page(self, template: str, file: str, ref: str = "") -> str:
        return self.url + template.format(ref=ref or self.branch, path=quote(self._inside(file)))


def configuration(root: Path) -> dict[str, Any]:
    """Return ``_config.yml`` of the book at `root` as it is written; empty without one.

    Raises
    ------
    ValueError
        When it is not YAML in UTF-8, or `html`, `repository` or all of it is no table.
    """
    path = root / CONFIGURATION
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{CONFIGURATION}: expected YAML in UTF-8; {error}") from None
    settings = {} if read is None else read
    named = {"": settings}
    if isinstance(settings, dict):
        named |= {f": {name}": settings.get(name) or {} for name in ("html", "repository")}
    for place, one in named.items():
        if not isinstance(one, dict):
            raise ValueError(f"{CONFIGURATION}{place}: expected a table, found {one!r}")
    return settings


def load_repository(settings: Mapping[str, Any]) -> Repository | None:
    """Return the repository of ``_config.yml`` or of the environment; None where there is none.

    Raises
    ------
    ValueError
        If its address is not one of a repository at a host that is known here.
    """
    written = settings.get("repository") or {}
    url = os.environ.get(REPOSITORY_VARIABLE) or written.get("url") or ""
    if not url:
        return None
    branch, path = written.get("branch") or BRANCH, written.get("path_to_book") or ""
    return Repository(url.removesuffix("/").removesuffix(".git"), branch, path)
