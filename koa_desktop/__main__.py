"""`koa-desktop` and `python -m koa_desktop`."""

from __future__ import annotations

import multiprocessing
import sys

from koa_desktop.cli.main import main as run


def main() -> int:
    """Run the program; returns its exit status."""
    # A frozen program starts its own file anew for each child process.
    multiprocessing.freeze_support()
    return run()


if __name__ == "__main__":
    sys.exit(main())
