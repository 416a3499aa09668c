"""Commands of the book: ``python -m reviewbook <command>``.

Each command lives in a module of its own that is imported only when it is called; its ``main``
takes the remaining arguments and returns the exit status.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module, util
from typing import NamedTuple


class Command(NamedTuple):
    """A subcommand: its name, the module and function behind it, and what it does."""

    name: str
    module: str
    function: str
    help: str


COMMANDS = (
    Command(
        "validate",
        "reviewbook.commands.validate",
        "main",
        "check data/",
    ),
    Command("verify", "reviewbook.commands.verify", "main", "print the ledger"),
    Command("build", "reviewbook.site.build", "main", "build the site strictly from clean"),
    Command("verify-site", "reviewbook.site.manifest", "main_verify_site", "compare a site"),
    Command("release-site", "reviewbook.site.release", "main_release", "add a version to a site"),
    Command("reproducible", "reviewbook.site.release", "main_reproducible", "build twice, compare"),
    Command("pdf", "reviewbook.site.pdf", "main", "print the book to PDF"),
    Command("explorer", "reviewbook.commands.verify", "main_explorer", "write the explorer's data"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process when omitted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="python -m reviewbook", description="Commands of the book."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
    for command in COMMANDS:
        subparsers.add_parser(command.name, help=command.help, add_help=False)
    chosen, rest = parser.parse_known_args(arguments[:1])[0], arguments[1:]
    command = next(command for command in COMMANDS if command.name == chosen.command)
    if util.find_spec(command.module) is None:
        print(f"{command.name}: the module {command.module} does not exist", file=sys.stderr)
        return 2
    function = getattr(import_module(command.module), command.function, None)
    if function is None:
        print(f"{command.name}: {command.module} has no {command.function}", file=sys.stderr)
        return 2
    try:
        status = int(function(rest) or 0)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without ≠ or ² is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
