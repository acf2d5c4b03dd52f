"""A process that confines itself and then becomes a module of Python.

``python -P -s -m rampflow.sandbox.launch POLICY KEEP STATUS MODULE [ARGUMENT …]``: POLICY is an
inherited descriptor that holds a policy, KEEP the descriptors to keep, with commas between (or
``-``), STATUS where the first process of a step with its own process numbers tells how the module
ended (or ``-`` where there is none). Nothing is executed anew. Where it cannot be confined it says
why on its standard error and ends with 70 before the module is looked at.
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import NoReturn

from rampflow.sandbox.confine import confine
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.first import split_from_first
from rampflow.sandbox.policy import Policy

EXIT_CODE = 70
"""The exit code where the process could not be confined (``EX_SOFTWARE``)."""


def main(arguments: list[str]) -> None:
    """Confine this process and run the module that `arguments` name."""
    policy, keep, status, module, *rest = arguments
    try:
        if status != "-":
            split_from_first(int(status))
        descriptors = [int(word) for word in keep.split(",") if word != "-"]
        found = Policy.from_descriptor(int(policy))
        confine(found, descriptors)
    except SandboxError as error:
        _give_up(str(error))
    except Exception as error:
        _give_up(f"a step could not be confined: {error!r}")
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _give_up(reason: str) -> NoReturn:
    print(reason, file=sys.stderr, flush=True)
    os._exit(EXIT_CODE)


if __name__ == "__main__":
    main(sys.argv[1:])
