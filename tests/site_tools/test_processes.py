"""What the book runs ends with it, whole families of programs included."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reviewbook.site.build import run

# A program that begins another one, says that it did, and waits.
PARENT = (
    "import subprocess, sys, time, pathlib\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "pathlib.Path('child').write_text(str(child.pid))\n"
    "time.sleep(60)\n"
)
STOPPED = (
    "import os, pathlib, signal, sys\n"
    "from reviewbook.site.build import run\n"
    "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
    "try:\n"
    "    run([sys.executable, '-c', sys.argv[1]], folder=pathlib.Path(), environment=os.environ)\n"
    "except KeyboardInterrupt:\n"
    "    sys.exit(130)\n"
)


def wait_for(condition: object, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().split()[2] != "Z"


def test_status_and_both_streams_come_back(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], folder=tmp_path, environment=os.environ)
    assert (done.returncode, done.stdout) == (3, "out\nerr\n")


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="processes are not in /proc")
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_when_a_job_is_stopped_nothing_runs_on(tmp_path: Path, stop: signal.Signals) -> None:
    job = subprocess.Popen([sys.executable, "-c", STOPPED, PARENT], cwd=tmp_path)
    child = tmp_path / "child"
    assert wait_for(lambda: child.is_file() and child.read_text())
    job.send_signal(stop)
    assert job.wait(30) == 130
    assert wait_for(lambda: not alive(int(child.read_text())))
