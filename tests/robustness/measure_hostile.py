"""Open hostile files from the command line and in the window, each in a fresh process, and measure.

python -m tests.robustness.measure_hostile [PATH…] [--seconds 60] [--only cli|window]

Without a path, the generated files are measured. Prints for each the seconds, the processor's
seconds, the most memory (MB) of the program and of its largest child, and what came of it.
Linux only.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from tests.robustness.hostile_files import write_all
from tests.robustness.process_tree import Measured, home_in, measured, peak_bytes, python

_WIDTH = 90


def by_command_line(path: Path, folder: Path, seconds: float) -> tuple[Measured, str]:
    """Grade a file by `koa-desktop grade`; returns the figures, and the table's sentence."""
    out = folder / "out"
    command = python("-m", "koa_desktop", "grade", str(path), "--out", str(out), "--jobs", "1")
    found = measured(command, home_in(folder), seconds=seconds)
    sentence = ""
    table = out / "results.csv"
    if table.exists():
        rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
        said = [row.get("error") or row.get("refusal") or f"KL {row.get('grade')}" for row in rows]
        sentence = " / ".join(dict.fromkeys(map(str, said)))
    return found, found.stopped or sentence or _last_line(found.output)


def by_window(path: Path, folder: Path, seconds: float) -> tuple[Measured, str]:
    """Open a file in the window, its header table too, and hover over every list."""
    module = "tests.robustness.measure_hostile"
    found = measured(
        python("-m", module, "--in-window", str(path)), home_in(folder), seconds=seconds
    )
    lines = [json.loads(line) for line in found.output.splitlines() if line.startswith("{")]
    told = {key: value for line in lines for key, value in line.items()}
    parts = [
        f"in list {told['shown']:.1f} s" if "shown" in told else "never shown",
        f"pause {told['pause']:.1f} s" if "pause" in told else "",
        found.stopped or "",
        f"exit {found.status}" if found.status and not found.stopped else "",
        str(told.get("case", "")) or _last_line(found.output),
    ]
    return found, ", ".join(part for part in parts if part)


def _script(driver: object) -> Generator[object, None, None]:
    from tests.robustness.window_driver import Driver

    assert isinstance(driver, Driver)
    import time

    yield lambda: driver.window is not None
    started = time.monotonic()
    yield lambda: driver.is_graded or any("No radiographs" in said for said in driver.said)
    driver.write(shown=time.monotonic() - started, case="; ".join(driver.cases))
    yield 300
    yield from driver.hover()
    if driver.trigger("header of"):
        yield 500
        yield from driver.hover()
    driver.write(pause=driver.longest_pause, own=peak_bytes("self"))


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main() -> int:
    """Measure, or be the window that is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=["cli", "window"])
    parser.add_argument("--in-window", type=Path)
    options = parser.parse_args()
    if options.in_window:
        from tests.robustness import window_driver

        return window_driver.run([str(options.in_window)], _script)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = options.paths or write_all(folder / "hostile")
        print(f"{'file':36} {'way':6} {'s':>6} {'cpu s':>6} {'own':>6} {'child':>6}  outcome")
        for number, path in enumerate(paths):
            for way, open_file in (("cli", by_command_line), ("window", by_window)):
                if options.only in (None, way):
                    home = folder / f"{number}-{way}"
                    found, outcome = open_file(path.absolute(), home, options.seconds)
                    print(
                        f"{path.name[:36]:36} {way:6} {found.seconds:6.1f} "
                        f"{found.cpu_seconds:6.1f} {found.own_bytes / 1e6:6.0f} "
                        f"{found.child_bytes / 1e6:6.0f}  {outcome[:_WIDTH]}",
                        flush=True,
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
