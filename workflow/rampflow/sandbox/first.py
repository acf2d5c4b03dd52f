"""The first process of a step that has its own process numbers: it waits, and tells how it ended.

It starts the second, which becomes the runner, and when that ends it says how and ends as well:
then the kernel ends all that is left. Signals from inside cannot reach it, and as it is not the
runner itself, a runner that ends itself by a signal is seen to.
"""

from __future__ import annotations

import os
import signal
import struct
from typing import NoReturn

from rampflow.sandbox.kernel import show_to_others_of_the_user

_CODE = struct.Struct("<i")


def split_from_first(status: int) -> None:
    """Return in a new process; the caller's waits for it, and never returns.

    Parameters
    ----------
    status : int
        Where the exit code is written; only the first process keeps it.
    """
    show_to_others_of_the_user(False)
    runner = os.fork()
    if runner == 0:
        os.setsid()  # a signal to its group reaches nobody above
        os.close(status)
        show_to_others_of_the_user(True)
        return
    _wait(runner, status)


def _wait(runner: int, status: int) -> NoReturn:
    # the kernel drops signals from inside that the first process has no handler for
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor != status:
            try:
                os.close(descriptor)
            except OSError:  # the one that listed the folder
                continue
    while True:
        pid, how = os.wait()
        if pid == runner:
            os.write(status, _CODE.pack(os.waitstatus_to_exitcode(how)))
            os._exit(0)


def read_status(status: int) -> int | None:
    """Return the exit code that the first process told, negative for a signal, None if it did not.

    To be asked when the first process has ended.
    """
    found = os.read(status, _CODE.size)
    return int(_CODE.unpack(found)[0]) if len(found) == _CODE.size else None
