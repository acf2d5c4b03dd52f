"""``rampflow``: reads the arguments, runs one command, turns user errors into clear words.

A command is a module with ``HELP`` (one line), ``EXAMPLE``, ``add_arguments(parser)`` and
``run(project, arguments) -> int``. It is added by a line in `COMMANDS` and a line in the README.
One that hands arguments on to another program has ``PASSES_ON`` (see `parse`).
"""

from __future__ import annotations

import argparse
import errno
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from rampflow import __version__
from rampflow.errors import RampflowError
from rampflow.paths import Project

COMMANDS = {
    "run": "rampflow.commands.run",
    "status": "rampflow.commands.status",
    "plan": "rampflow.commands.plan",
    "site": "rampflow.commands.site",
    "verify": "rampflow.commands.verify",
    "check": "rampflow.commands.check",
    "data": "rampflow.commands.data",
    "doctor": "rampflow.commands.doctor",
    "step": "rampflow.commands.step",
}
"""Name → module. Only the module of the command that is run is imported."""
FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where a disk, or a user's share of it, is full."""


def make_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Parameters
    ----------
    only : str, optional
        Import this command's module alone; the others are named without their arguments.
    """
    parser = argparse.ArgumentParser(
        prog="rampflow", description="Evaluate a data challenge reproducibly."
    )
    parser.add_argument("--version", action="version", version=f"rampflow {__version__}")
    parser.add_argument(
        "--root", type=Path, help="the project folder (the one you are in, if not given)"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module_name in COMMANDS.items():
        if only is not None and name != only:
            commands.add_parser(name, add_help=False)
            continue
        module = importlib.import_module(module_name)
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of one command.

    Parameters
    ----------
    argv : sequence of str
        What was typed. A command whose module has ``PASSES_ON``, the name of an argument, finds
        there what follows ``--``; its own arguments come before that, in any order.

    Raises
    ------
    SystemExit
        They are wrong: that is said, and the code is 2.
    """
    given = list(argv)
    named = next((a for a in given if a in COMMANDS), None)
    parser = make_parser(named)
    passes_on = getattr(importlib.import_module(COMMANDS[named]), "PASSES_ON", "") if named else ""
    if not passes_on:
        return parser.parse_args(given)
    end = given.index("--") if "--" in given else len(given)
    arguments, unknown = parser.parse_known_args(given[:end])
    if unknown := [*getattr(arguments, passes_on), *unknown]:
        example = f"rampflow {named} … -- {' '.join(unknown)}"
        parser.error(
            f"unrecognized arguments: {' '.join(unknown)} (if they are for {passes_on}: {example})"
        )
    setattr(arguments, passes_on, given[end + 1 :])
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if not given.

    Returns
    -------
    int
        The exit code: 0 only if what was asked is true, 2 for a user error.
    """
    arguments = parse(sys.argv[1:] if argv is None else argv)
    module = importlib.import_module(COMMANDS[arguments.command])
    try:
        project = Project.find(arguments.root)
        code: int = module.run(project, arguments)
        return code
    except RampflowError as error:
        print(f"rampflow: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:
        if error.errno not in FULL:
            raise
        full = RampflowError(
            f"no space is left: {error.strerror}",
            where=str(error.filename or ""),
            do="make room (df and quota say where), and run again: what is finished is kept",
        )
        print(f"rampflow: {full}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
