"""Kernels forked from one process behave as kernels that Jupyter starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from review_copy import ROOT
from reviewbook.evidence.evidence import SOUND, digest
from reviewbook.site.build import BuildError, run_jupyter_book
from reviewbook.site.forks import kernels
from reviewbook.site.forks.forked import Forked
from reviewbook.sphinxext import warm
from tiny_book import CELL, CITE, HEAD, HEADER, write_tiny_book

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")
SECONDS = 120


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    address = tmp_path_factory.mktemp("warm") / "socket"
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", kernels.__name__, str(address), str(ROOT)],
        env={**os.environ, **one},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(warm.SOCKET, str(address))
        patch.setenv(KernelProvisionerFactory.default_provisioner_name_env, warm.NAME)
        entry = EntryPoint(
            warm.NAME,
            "reviewbook.sphinxext.warm.provisioner:WarmProvisioner",
            KernelProvisionerFactory.GROUP_NAME,
        )
        patch.setitem(KernelProvisionerFactory.provisioners, warm.NAME, entry)
        patch.setattr(KernelProvisionerFactory, "_instance", None)
        yield process
        process.kill()
        process.wait()


@pytest.fixture
def kernel(server: subprocess.Popen[bytes], tmp_path: Path) -> Iterator[KernelManager]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "TOLD": "yes"})
    yield manager
    if manager.is_alive():
        manager.shutdown_kernel(now=True)


def client_of(kernel: KernelManager) -> BlockingKernelClient:
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    return client


def value(client: BlockingKernelClient, expression: str) -> str:
    """Return the text of an expression in the kernel, evaluated without an output."""
    reply = client.execute(
        "", user_expressions={"x": expression}, reply=True, timeout=SECONDS, store_history=False
    )
    found = reply["content"]["user_expressions"]["x"]
    assert found["status"] == "ok", found
    return str(found["data"]["text/plain"])


def gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_a_kernel_has_its_folder_its_environment_and_what_is_imported(
    kernel: KernelManager, server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    client = client_of(kernel)
    assert isinstance(kernel.provisioner.process, Forked)  # type: ignore[union-attr]
    assert value(client, "__import__('os').getppid()") == str(server.pid)
    assert value(client, "__import__('os').getcwd()") == repr(str(tmp_path))
    assert value(client, "__import__('os').environ['TOLD']") == "'yes'"
    loaded = "all(name in __import__('sys').modules for name in ('pandas', 'reviewbook.tables'))"
    assert value(client, loaded) == "True"
    assert value(client, "len(__import__('reviewbook.book').book._OPEN)") == "1"


def test_kernels_share_no_variables(kernel: KernelManager, tmp_path: Path) -> None:
    client = client_of(kernel)
    client.execute("import pandas; pandas.mark = 1; mark = 2", reply=True, timeout=SECONDS)
    other = KernelManager(kernel_name="python3")
    other.start_kernel(cwd=str(tmp_path), env=dict(os.environ))
    try:
        assert value(client_of(other), "hasattr(__import__('pandas'), 'mark')") == "False"
    finally:
        other.shutdown_kernel(now=True)


def test_the_end_of_a_kernel_is_noticed_with_its_status(kernel: KernelManager) -> None:
    client = client_of(kernel)
    client.execute("import os; os._exit(7)")
    end = time.monotonic() + 20
    while kernel.is_alive() and time.monotonic() < end:
        time.sleep(0.1)
    assert not kernel.is_alive()
    assert kernel.provisioner.process.returncode == 7  # type: ignore[union-attr]


def test_a_kernel_can_be_interrupted_and_goes_on(kernel: KernelManager) -> None:
    client = client_of(kernel)
    # An error has a kernel drop the requests that reach it in the next moment, unless told not to.
    message = client.execute("import time; time.sleep(100)", stop_on_error=False)
    time.sleep(1)
    kernel.interrupt_kernel()
    reply = client.get_shell_msg(timeout=SECONDS)
    while reply["parent_header"].get("msg_id") != message:
        reply = client.get_shell_msg(timeout=SECONDS)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert value(client, "1 + 1") == "2"


def test_a_kernel_that_is_shut_down_is_gone(kernel: KernelManager) -> None:
    client_of(kernel)
    pid = kernel.provisioner.pid  # type: ignore[union-attr]
    kernel.shutdown_kernel()
    assert gone(pid)


def test_without_anyone_to_ask_a_kernel_starts_as_jupyter_starts_it(
    kernel: KernelManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what a chapter could see of the difference is the same."""
    seen = "(__import__('sys').path, __import__('sys').argv[1:2], __import__('os').getcwd())"
    warm_one = value(client_of(kernel), seen)
    monkeypatch.setenv(warm.SOCKET, str(tmp_path / "socket"))
    (tmp_path / "cold").touch()
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path), env=dict(os.environ))
    try:
        assert isinstance(manager.provisioner.process, subprocess.Popen)  # type: ignore[union-attr]
        assert value(client_of(manager), seen) == warm_one
    finally:
        manager.shutdown_kernel(now=True)


def test_where_a_library_starts_threads_nothing_is_forked(tmp_path: Path) -> None:
    """A fork has one thread and the locks of all that its parent had."""
    code = (
        "import sys, threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True)"
        ".start(); from reviewbook.site.forks import kernels; kernels.load = lambda: None; "
        "sys.argv = ['server', sys.argv[1], '.']; sys.exit(kernels.main())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "socket")], timeout=SECONDS)
    assert done.returncode == 0
    assert (tmp_path / "cold").exists()
    assert not (tmp_path / "socket").exists()


def many_pages(root: Path, last: str) -> Path:
    """Write a book with enough pages to start warm, the last of which runs `last`."""
    write_tiny_book(root)
    whose = "from pathlib import Path; import os; Path(f'/proc/{os.getppid()}/cmdline').read_text()"
    names = [f"page-{number}" for number in range(6)]
    for name in names:
        cell = CELL % (last if name == names[-1] else whose)
        text = HEAD.format(more="") + f"# {name}\n\n{HEADER}{cell}{CITE}"
        (root / "chapters" / f"{name}.md").write_text(text, encoding="utf-8")
    with (root / "_toc.yml").open("a", encoding="utf-8") as toc:
        toc.writelines(f"      - file: chapters/{name}\n" for name in names)
    return root


@pytest.mark.slow
def test_a_build_forks_its_kernels_and_leaves_none(tmp_path: Path) -> None:
    root = many_pages(tmp_path / "book", "1 + 1")
    run_jupyter_book(root, tmp_path / "out", {SOUND: digest(root / "data")})
    page = tmp_path / "out" / "_build" / "html" / "chapters" / "page-0.html"
    assert kernels.__name__ in page.read_text("utf-8")
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(root) not in running.stdout


@pytest.mark.slow
def test_a_forked_kernel_that_dies_is_said_with_its_page(tmp_path: Path) -> None:
    root = many_pages(tmp_path / "book", "import os; os._exit(1)")
    with pytest.raises(BuildError, match=r"page-5\.md: The kernel ended while it ran"):
        run_jupyter_book(root, tmp_path / "out", {SOUND: digest(root / "data")})


def test_kernels_end_with_the_process_that_they_were_forked_from(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Last: it ends the process of this module."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path), env=dict(os.environ))
    client_of(manager)
    pid = manager.provisioner.pid
    assert pid is not None
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert gone(pid)
