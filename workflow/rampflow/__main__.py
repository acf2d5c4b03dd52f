"""`python -m rampflow`, the same as the command `rampflow`."""

from __future__ import annotations

import sys

from rampflow.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
