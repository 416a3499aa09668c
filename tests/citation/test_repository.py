"""Addresses at the host of the repository: source, edit, issue, archive, Binder, Colab."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from reviewbook.citation.repository import Repository, configuration

GITHUB = Repository("https://github.com/people/book", "main", "docs")
GITLAB = Repository("https://gitlab.com/group/sub/book", "main")
OWN = Repository("https://gitlab.clinic.example/group/book", "main")
PAGE = "chapters/a page.md"


def test_source_and_edit_lead_to_the_file_in_its_folder() -> None:
    at = "https://github.com/people/book"
    assert GITHUB.source(PAGE) == f"{at}/blob/main/docs/chapters/a%20page.md?plain=1"
    assert GITHUB.source("index.md", "abc1") == f"{at}/blob/abc1/docs/index.md?plain=1"
    assert GITHUB.edit("index.md") == f"{at}/edit/main/docs/index.md"
    assert GITLAB.edit("index.md") == "https://gitlab.com/group/sub/book/-/edit/main/index.md"
    assert GITHUB.archive("abc1") == f"{at}/archive/abc1.tar.gz"
    assert GITLAB.archive("abc1").endswith("/-/archive/abc1/book-abc1.tar.gz")


@pytest.mark.parametrize(
    ("repository", "title", "body"),
    [(GITHUB, "title", "body"), (GITLAB, "issue[title]", "issue[description]")],
    ids=["github", "gitlab"],
)
def test_an_issue_carries_any_text(repository: Repository, title: str, body: str) -> None:
    said = ("Row a&b=c #1: 87 %", "Line one\nLine two? + ‘x’")
    address = repository.issue(*said)
    fields = parse_qs(urlsplit(address).query)
    assert (fields[title], fields[body]) == ([said[0]], [said[1]])
    assert "+" not in urlsplit(address).query, "a plus sign would be shown as one by some hosts"


def test_binder_opens_the_page_in_the_interface_that_is_set() -> None:
    server = "https://mybinder.org/"
    assert GITHUB.binder(server, "index.md") == (
        "https://mybinder.org/v2/gh/people/book/main?urlpath=tree/docs/index.md"
    )
    assert GITHUB.binder(server, "index.md", "jupyterlab").endswith("=lab/tree/docs/index.md")
    assert "/v2/gl/group%2Fsub%2Fbook/main?" in GITLAB.binder(server, "index.md")
    assert f"/v2/git/{OWN.url}/main?" in unquote(OWN.binder(server, "index.md"))
    with pytest.raises(ValueError, match=r"notebook_interface is 'vim', expected one of classic"):
        GITHUB.binder(server, "index.md", "vim")


def test_colab_is_offered_only_what_it_can_open() -> None:
    server = "https://colab.research.google.com"
    assert GITHUB.colab(server, "chapters/a.ipynb") == (
        f"{server}/github/people/book/blob/main/docs/chapters/a.ipynb"
    )
    assert GITHUB.colab(server, "a.ipynb", "notebooks") == (
        f"{server}/github/people/book/blob/notebooks/a.ipynb"
    )
    assert GITHUB.colab(server, "chapters/a.md") == ""
    assert GITLAB.colab(server, "a.ipynb") == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/a/b",
        "http://github.com/a/b",
        "https://github.com/a",
        "https://x.example/a/b",
    ],
)
def test_an_address_that_is_no_known_repository_is_named(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected https://HOST/OWNER/NAME at github or gitlab"):
        Repository(url)


def test_a_book_without_configuration_has_none(tmp_path) -> None:
    assert configuration(tmp_path) == {}
    (tmp_path / "_config.yml").write_text("# nothing but a comment\n", encoding="utf-8")
    assert configuration(tmp_path) == {}
