"""`koa-desktop` and `python -m koa_desktop`."""

from __future__ import annotations

import multiprocessing
import sys

from koa_desktop import cli


def main() -> int:
    """Run the program; returns its exit status."""
    # A frozen program starts its own file anew for each child process.
    multiprocessing.freeze_support()
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
