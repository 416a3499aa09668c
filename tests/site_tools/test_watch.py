"""What is built after a save, what is served meanwhile, and what a watch leaves alone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup

from review_copy import ROOT
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.site import build
from reviewbook.site.build import WATCHED, clear
from reviewbook.site.forks.ahead import code_of
from reviewbook.site.live import Live
from reviewbook.site.lock import LOCK, alone
from reviewbook.site.new_review.folder import new_review
from reviewbook.site.watch import (
    Unsound,
    WarmBook,
    changed,
    files,
    keep_building,
    mirror,
    page_of,
    settled,
    told,
    what_is_wrong,
)


def put(root: Path, name: str, text: str = "text") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "chapters/one.md", "data/outcomes.csv", "lib/x/deep/page.html", "index.md", "_toc.yml",
        "_config.yml", "chapters/library/new.md",
    ],
)  # fmt: skip
def test_a_change_of_a_source_is_seen(tmp_path: Path, name: str) -> None:
    put(tmp_path, "index.md")
    before = files(tmp_path)
    put(tmp_path, name, "more text")
    assert changed(before, files(tmp_path)) == [name]
    then = files(tmp_path)
    (tmp_path / name).unlink()
    assert changed(then, files(tmp_path)) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "chapters/one.md~", "chapters/.one.md.swp", "chapters/.#one.md", "chapters/#one.md#",
        "chapters/4913", "data/.~lock.outcomes.csv#", "lib/__pycache__/a.cpython-311.pyc",
        "chapters/one.md.tmp", "README.md", "tests/test_x.py", "_build/html/index.html",
    ],
)  # fmt: skip
def test_what_editors_and_python_keep_for_themselves_starts_no_build(
    tmp_path: Path, name: str
) -> None:
    put(tmp_path, "chapters/one.md")
    before = files(tmp_path)
    put(tmp_path, name)
    assert files(tmp_path) == before


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    put(tmp_path, "chapters/one.md")
    (tmp_path / "chapters" / "two.md").symlink_to("nowhere")
    assert list(files(tmp_path)) == ["chapters/one.md"]


def test_files_that_are_saved_together_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(tmp_path)
    saved = iter(["chapters/one.md", "data/a.csv"])

    def sleep(seconds: float) -> None:
        if name := next(saved, None):
            put(tmp_path, name)

    put(tmp_path, "index.md")
    monkeypatch.setattr("reviewbook.site.watch.time.sleep", sleep)
    assert changed(before, settled(tmp_path, before)) == [
        "chapters/one.md", "data/a.csv", "index.md",
    ]  # fmt: skip


def test_a_mirror_copies_what_differs_and_removes_what_is_gone(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    same, other = put(source, "a/same.html"), put(source, "other.html", "old")
    for name in ("gone.html", "b/c/gone.html", "a/gone.html"):
        put(target, name)
    mirror(source, target)
    assert sorted(p.name for p in target.rglob("*")) == ["a", "other.html", "same.html"]
    inode = (target / "a" / "same.html").stat().st_ino
    other.write_text("new text", encoding="utf-8")
    mirror(source, target)
    assert (target / "other.html").read_text(encoding="utf-8") == "new text"
    assert (target / "a" / "same.html").stat().st_ino == inode, "copied again for nothing"
    assert (target / "a" / "same.html").stat().st_mtime_ns == same.stat().st_mtime_ns


def test_a_copy_that_is_cut_off_lacks_what_says_that_pages_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for name in (".doctrees/environment.pickle", ".doctrees/one.doctree", "html/one.html"):
        put(source, name)
    copied: list[str] = []
    copy = shutil.copy2

    def cut_off(old: Path, new: Path) -> None:
        if len(copied) == 2:
            raise KeyboardInterrupt
        copied.append(old.name)
        copy(old, new)

    monkeypatch.setattr("reviewbook.site.watch.shutil.copy2", cut_off)
    with pytest.raises(KeyboardInterrupt):
        mirror(source, target)
    assert copied == ["one.doctree", "one.html"]


PRINTED = """Running Jupyter-Book v1.0.4
Source Folder: /book

Exception occurred:
  File "inline.py", line 136, in code_cell_outputs
    raise ExecutionError(str(self.path)) from err
The full traceback has been saved in /tmp/sphinx-err.log, if you want to report the issue.
A bug report can be filed in the tracker at <https://github.com/sphinx-doc/sphinx/issues>. Thanks!
/book/one.md: \x1b[91mNameError\x1b[39;49;00m: name 'a' is not defined
"""


def test_what_is_wrong_comes_first() -> None:
    assert what_is_wrong(PRINTED) == "/book/one.md: NameError: name 'a' is not defined"


def test_a_file_of_the_site_leads_to_its_page(tmp_path: Path) -> None:
    put(tmp_path, "chapters/one.md")
    assert page_of(tmp_path, "chapters/one.html") == "chapters/one"
    for file in ("numbers/one.html", "chapters/one.md", "search.html", ""):
        assert page_of(tmp_path, file) == ""


class Book:
    """Builds nothing, but says what it was asked for; answers and changes files as it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: list[str] = []
        self.asked: list[str] = []
        self.answers: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def build(self, first: str = "") -> str:
        self.asked.append(first)
        self.meanwhile()
        self.meanwhile = lambda: None
        return self.answers.pop(0) if self.answers else ""


class Shown:
    """What readers see: the page they asked for last, and one message after another."""

    def __init__(self) -> None:
        self.last = ""
        self.messages: list[str] = []

    def show(self, message: str = "") -> None:
        self.messages.append(message)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setattr("reviewbook.site.watch._LOOK", 0.001)
    put(tmp_path, "chapters/one.md")
    put(tmp_path, "data/a.csv")
    return Book(tmp_path)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def builds(book: Book, shown: Shown) -> Iterator[list[str]]:
    """The builds, the first of which has been done."""
    found = keep_building(book, shown)  # type: ignore[arg-type]
    next(found)
    return found


def test_the_page_in_view_is_built_and_shown_before_the_rest(
    book: Book, shown: Shown, builds: Iterator[list[str]]
) -> None:
    shown.last = "chapters/one.html"
    put(book.root, "data/a.csv", "other counts")
    assert [next(builds), next(builds)] == [["data/a.csv"], []]
    assert book.asked == ["", "chapters/one", ""]
    assert shown.messages == ["", "", ""], "shown after each"


def test_nothing_comes_first_where_no_page_is_in_view(
    book: Book, shown: Shown, builds: Iterator[list[str]]
) -> None:
    for last in ("", "search.html"):
        shown.last = last
        put(book.root, "chapters/one.md", f"other words {last}")
        next(builds)
    assert book.asked == ["", "", ""]


def test_changes_during_a_build_lead_to_one_build_after_it(
    book: Book, shown: Shown, builds: Iterator[list[str]]
) -> None:
    def meanwhile() -> None:
        put(book.root, "data/a.csv", "a count")
        put(book.root, "data/b.csv", "another")

    put(book.root, "chapters/one.md", "other words")
    book.meanwhile = meanwhile
    assert [next(builds), next(builds)] == [["chapters/one.md"], ["data/a.csv", "data/b.csv"]]
    shown.last = "chapters/one.html"
    put(book.root, "data/b.csv", "yet another")
    book.meanwhile = lambda: put(book.root, "data/a.csv", "changed before the rest was built")
    assert [next(builds), next(builds), next(builds)] == [["data/b.csv"], ["data/a.csv"], []]
    assert book.asked == ["", "", "", "chapters/one", "chapters/one", ""]


def test_after_a_build_that_stopped_the_next_save_is_waited_for(
    book: Book, shown: Shown, builds: Iterator[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shown.last = "chapters/one.html"
    book.answers = ["a.csv, line 2: no count"]
    put(book.root, "data/a.csv", "wrong")
    assert next(builds) == ["data/a.csv"]
    put(book.root, "data/a.csv", "right again")
    assert [next(builds), next(builds)] == [["data/a.csv"], []]
    assert shown.messages == ["", "a.csv, line 2: no count", "", ""]
    assert "a.csv, line 2: no count\n" in capsys.readouterr().out


def test_the_terminal_says_what_was_built_and_why() -> None:
    names = ["a", "b", "c", "d", "e"]
    assert told(names, names[:2], "", "", 1.25) == "a, b, c and 2 more: read a and b, 1.2 s."
    assert told(["a"], [], "x", "", 3) == (
        "a: no page to read, 3.0 s; the page in view, the rest follows."
    )
    assert told([], ["a"], "", "", 3) == "The rest: read a, 3.0 s."
    assert told(["a"], [], "", "Why not", 3) == "a: the build stopped after 3.0 s.\nWhy not"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    put(tmp_path, "site/index.html", "<html><body class='x'>\n<p>Hello</p></body></html>")
    put(tmp_path, "site/chapters/one.html", "<html><body>One</body></html>")
    put(tmp_path, "site/data.csv", "a,b\n")
    put(tmp_path, "secret.html", "<body>not of the site</body>")
    with Live(tmp_path / "site", 0).serving() as live:
        yield live


def get(live: Live, path: str) -> str:
    with urlopen(f"{live.address}{path}", timeout=20) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return str(answer.read().decode())


def test_a_page_is_served_with_the_line_and_a_file_as_it_is(live: Live) -> None:
    page = get(live, "")
    assert page.replace('<script src="/livereload.js"></script>', "") == (
        "<html><body class='x'>\n<p>Hello</p></body></html>"
    )
    assert get(live, "data.csv") == "a,b\n"
    assert "LiveReload" in urlopen(f"{live.address}livereload.js", timeout=20).read().decode()
    assert live.last == "index.html"
    get(live, "chapters/one.html?highlight=x")
    assert live.last == "chapters/one.html"


def test_a_message_stands_on_every_page_as_text_until_it_is_taken_back(live: Live) -> None:
    live.show("<b> & 2 < 3 in one.md")
    for path in ("index.html", "chapters/one.html"):
        page = get(live, path)
        assert "&lt;b&gt; &amp; 2 &lt; 3 in one.md" in page
        assert page.index("<body") < page.index('role="alert"')
    live.show()
    assert 'role="alert"' not in get(live, "index.html")


@pytest.mark.parametrize("path", ["chapters/two.html", "..%2fsecret.html", "/secret.html"])
def test_a_page_that_is_not_there_says_so_and_what_went_wrong(live: Live, path: str) -> None:
    for message in ("", "wrong in two.md"):
        live.show(message)
        with pytest.raises(HTTPError) as error:
            get(live, path)
        assert error.value.code in (403, 404)
        page = error.value.read().decode()
        assert "not of the site" not in page
        assert (message or "not built yet") in page
        assert "/livereload.js" in page, "it shows itself once it is there"
    assert live.last == ""


def test_a_page_served_before_the_last_change_is_old(live: Live) -> None:
    get(live, "index.html")
    assert not live.is_old("index.html")
    assert live.is_old("chapters/one.html"), "this server has not served it"
    live.show()
    assert live.is_old("index.html")


def test_a_missing_file_and_a_port_in_use_are_no_reason_to_fail(live: Live) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(live, "none.csv")
    port = int(live.address.rsplit(":", 1)[1].strip("/"))
    with Live(live.site, port).serving() as other:
        assert other.address != live.address
        assert "Hello" in get(other, "index.html")


def test_a_build_from_clean_leaves_a_watch_alone_and_so_the_other_way_round(tmp_path: Path) -> None:
    kept = put(tmp_path, f"{WATCHED}/good/html/index.html")
    put(tmp_path, "_build/html/index.html")
    said: list[str] = []
    with (
        alone(tmp_path, said.append, lock=WATCHED / "lock", what="watch"),
        alone(tmp_path, said.append),
    ):
        clear(tmp_path)
        assert sorted(p.name for p in (tmp_path / "_build").iterdir()) == [LOCK.name, WATCHED.name]
    assert kept.is_file()
    assert said == [], "one did not wait for the other"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of a book with one page of its own."""
    root = new_review(tmp_path / "book").review.root
    shutil.rmtree(root / "chapters")
    (root / "chapters").mkdir()
    put(root, "_toc.yml", "format: jb-book\nroot: index\n")
    put(root, "index.md", "# Small\n\nThe first page.\n")
    return root


def test_evidence_that_is_not_sound_is_said_and_nothing_is_shown(
    small: Path, tmp_path: Path
) -> None:
    (table,) = (small / "data").glob("*.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    put(small, f"data/{table.name}", "\n".join([*lines[:-1], "Wrong,many,few"]) + "\n")
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    message = book.build()
    assert f"{table.name}, line {len(lines)}: found 3 cells" in message
    assert "Traceback" not in message
    assert not book.site.exists()


def test_a_build_ends_once_the_check_has_found_something(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def run(
        command: list[str], *, look: Callable[[], None] = lambda: None, **more: object
    ) -> subprocess.CompletedProcess[str]:
        if "build" not in command:
            return subprocess.CompletedProcess(command, 1, "line 3 is wrong\n")
        end = time.monotonic() + 60
        try:
            while time.monotonic() < end:
                look()
                time.sleep(0.01)
        except Unsound:
            ended.append("early")
            raise
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr("reviewbook.site.watch.run", run)
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    assert book.build() == "line 3 is wrong"
    assert ended == ["early"]
    assert not book.site.exists()
    assert book.build() == "line 3 is wrong", "what is wrong is looked for again"


def test_a_build_is_told_which_page_comes_first_and_that_the_evidence_is_sound(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[list[str], dict[str, str]]] = []

    def run(
        command: list[str], *, folder: Path, environment: dict[str, str], look: object = None
    ) -> subprocess.CompletedProcess[str]:
        begun.append((command, environment))
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr("reviewbook.site.watch.run", run)
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    for first in ("chapters/one", ""):
        assert book.build(first) == ""
    builds = [(command, told) for command, told in begun if "build" in command]
    (checked,) = [command for command, _ in begun if "build" not in command]
    assert "check_evidence" in " ".join(checked), "once: nothing has changed since"
    assert len(builds) == 2
    for command, environment in builds:
        assert command[command.index("--path-output") + 1] == str(small / WATCHED)
        assert {"-W", "-n", "--keep-going"} <= set(command)
        assert environment[SOUND] == digest(small / "data")
    assert [environment.get("REVIEWBOOK_FIRST") for _, environment in builds] == [
        "chapters/one", None,
    ]  # fmt: skip


@pytest.mark.slow
def test_a_warning_is_said_again_until_it_is_mended_and_leaves_no_trace(
    small: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    assert book.build() == ""
    page = book.site / "index.html"
    good = page.read_bytes()
    text = (small / "index.md").read_text(encoding="utf-8")
    put(small, "index.md", f"{text}\nSee {{doc}}`nowhere` now.\n")
    for _ in range(2):
        assert "index.md:5" in (message := book.build())
        assert "nowhere" in message
        assert "Running Jupyter-Book" not in message
        assert page.read_bytes() == good
    put(small, "index.md", text)
    assert book.build() == ""
    assert page.read_bytes() == good


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="processes are not in /proc")
def test_when_a_watch_is_stopped_nothing_runs_on(small: Path) -> None:
    marked = small / "running"
    cell = f"import os, pathlib, time; pathlib.Path({str(marked)!r}).write_text(str(os.getpid()))"
    put(
        small,
        "index.md",
        "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# Small\n\n"
        f"```{{code-cell}} ipython3\n{cell}; time.sleep(200)\n```\n",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "reviewbook", "watch", "--port", "0"],
        env=os.environ | {"REVIEWBOOK_ROOT": str(small)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as watch:  # fmt: skip
        assert wait_for(lambda: marked.is_file() and marked.read_text())
        kernel = Path("/proc") / marked.read_text()
        assert kernel.exists()
        watch.send_signal(signal.SIGTERM)
        _, said = watch.communicate(timeout=60)
    assert (watch.returncode, said) == (130, "\nStopped.\n")
    assert wait_for(lambda: not kernel.exists())


STATE = """
import locale, os, sys, warnings
import matplotlib, numpy
print(matplotlib.get_backend(), sorted(matplotlib.rcParams.items())[:400], numpy.geterr())
print(sys.path, sys.argv[1:2], sys.flags, sys.getrecursionlimit(), locale.getlocale())
print([(one[0], one[2].__name__) for one in warnings.filters])
print(os.getcwd(), os.umask(0o22), sorted(os.environ.items()))
print(os.getpgid(0) == os.getpid(), sorted(os.listdir("/proc/self/task")) == [str(os.getpid())])
"""
"""What another way to begin could leave different in a kernel."""
OF_ONE_BUILD = re.compile(r"reviewbook-\w+|'JPY_\w+', '[^']*'|JPY_SESSION_NAME\S*")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")
def test_a_build_of_loaded_code_is_a_build_and_other_code_is_loaded_anew(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second build is a fork; a line in a module makes the third one load everything."""
    begun: list[list[str]] = []

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        begun.append(command)
        return build.run(command, **more)

    monkeypatch.setattr("reviewbook.site.watch.run", run)
    own = tmp_path / "own"
    (own / "one_module").mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", f"{own}{os.pathsep}{ROOT / 'lib'}")
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    sites, builds = [], []
    try:
        for number in range(3):
            if number != 1:
                put(own, "one_module/__init__.py", f"number = {number // 2}\n")
            put(
                small,
                "index.md",
                "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# Small\n\n"
                f"```{{code-cell}} ipython3\n{STATE}\nimport one_module; one_module.number\n```\n\n"
                f"The text {number}.\n",
            )
            before = len(begun)
            assert book.build() == ""
            builds.append(len([one for one in begun[before:] if "build" in one]))
            page = (book.site / "index.html").read_text(encoding="utf-8")
            assert f"The text {number}." in page
            sites.append(OF_ONE_BUILD.sub("", outputs(page)))
            assert book.ahead
            assert wait_for(book.ahead.ready)
        process = book.ahead.process.pid
        assert Path(f"/proc/{process}").exists()
    finally:
        book.close()
    assert builds == [1, 0, 1]
    assert sites[1].split(", ") == sites[0].split(", ")
    assert sites[2] == sites[0].replace("\n0", "\n1")
    assert not Path(f"/proc/{process}").exists()


def outputs(page: str) -> str:
    """Return the text of all outputs of a page."""
    found = BeautifulSoup(page, "html.parser").select(".cell_output")
    return "\n".join(one.get_text() for one in found)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")
def test_a_build_of_loaded_code_says_what_is_wrong_and_ends_when_it_is_to(
    small: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    book = WarmBook(small, tmp_path / "home")
    try:
        book.prepare()
        assert book.ahead
        assert wait_for(book.ahead.ready)
        put(small, "index.md", "# Small\n\nSee {doc}`nowhere`.\n")
        assert "index.md:3" in book.build()
        cell = "import pathlib, os, time\npathlib.Path('running').write_text(str(os.getpid()))"
        put(
            small,
            "index.md",
            "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# Small\n\n"
            f"```{{code-cell}} ipython3\n{cell}\ntime.sleep(200)\n```\n",
        )
        marked = small / "running"

        def stop() -> None:
            if marked.is_file() and marked.read_text():
                raise Unsound

        arguments = ["build", str(small), "--path-output", str(tmp_path / "out"), "-q"]
        with pytest.raises(Unsound):
            book.ahead.run(
                ["jupyter-book", *arguments],
                folder=small, environment=book.environment, look=stop,
            )  # fmt: skip
        assert wait_for(lambda: not Path(f"/proc/{marked.read_text()}").exists())
        assert book.ahead.ready()
    finally:
        book.close()


def test_code_is_another_when_a_module_or_what_is_installed_is(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}"}
    module = put(tmp_path, "package/module.py")
    put(tmp_path, "package/page.html")
    before = code_of(tmp_path / "book", environment)
    put(tmp_path, "package/page.html", "another page")
    assert code_of(tmp_path / "book", environment) == before
    module.write_text("other", encoding="utf-8")
    assert code_of(tmp_path / "book", environment) != before
    assert str(ROOT / "lib" / "reviewbook" / "site" / "watch.py") in before
    assert str(Path(pytest.__file__).parents[1]) in before
    then = code_of(tmp_path / "book", environment)
    put(tmp_path, "book/lib/new.py")
    assert code_of(tmp_path / "book", environment) != then


def wait_for(condition: Callable[[], object], seconds: float = 90.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
