"""A process that has loaded all that a build loads, and becomes one when it is asked to.

``make watch`` builds again and again by the same code, and to load it takes as long as to read and
write a page. Run as ``python -m reviewbook.site.forks.builds SOCKET``; a request is one line of
JSON, ``argv cwd env``, and the file for what the build prints. It answers as :mod:`.kernels` does.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import import_module
from typing import Any

from . import kernels

COMMAND = "reviewbook.sphinxext.command"
LIBRARIES = (COMMAND, "jupyter_book.cli.main", "sphinx.builders.html", "reviewbook.sphinxext")
"""What a build imports besides what chapters import."""


def become_build(request: dict[str, Any], files: list[int]) -> None:
    """Run Jupyter Book in this process, a fork, until it ends."""
    os.setsid()  # so that it can be ended with its kernels
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    for stream in (1, 2):
        os.dup2(files[0], stream)
    sys.argv = request["argv"]
    status = 1
    try:
        status = import_module(COMMAND).main()
    except Exception:  # noqa: BLE001 - told as by a program that ends with it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(status)


def main() -> int:
    """Load, and serve where forking is safe."""
    (address,) = sys.argv[1:]
    kernels.forget_folder()
    kernels.load()
    for name in LIBRARIES:
        import_module(name)
    for part in sys.modules["reviewbook.sphinxext"].PARTS:
        import_module(f"reviewbook.sphinxext.{part}")
    if kernels.threads() == 1:
        gc.collect()
        gc.freeze()
        kernels.Server(address, become_build).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
