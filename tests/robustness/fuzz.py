"""Damaged files, settings and rows at every door of the program; nothing unexpected may happen.

python -m tests.robustness.fuzz [--entry NAME] [--cases N] [--seconds S] [--seed S]
python -m tests.robustness.fuzz --entry read --seed 1 --case 1234     one case again, with its trace

The cases run in a process of their own. Found are: an exception that is no ReaderError, a case
that takes more than 10 s, one for which the process takes more than 700 MB, and a process that
dies. A case is known by entry, seed and number. Exit status: 0 nothing found, 1 something.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.robustness.process_tree import end_group, home_in, peak_bytes, python

HANG_SECONDS = 10.0
MOST_BYTES = 700 * 2**20
_KILLED_AT = 4 * 2**30
_LOOK_EVERY = 0.1
_START_SECONDS = 120.0
_BEAT = struct.Struct("<q")
_FIRST_START = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault found by a case; `place` is the same for all cases of one fault."""

    entry: str
    seed: int
    case: int
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Report:
    """The number of cases of an entry, and the faults found."""

    entry: str
    cases: int
    seconds: float
    findings: tuple[Finding, ...]


def fuzz(
    entry: str,
    *,
    seed: int = 1,
    first: int = 0,
    cases: int = 1000,
    seconds: float = float("inf"),
    hang_seconds: float = HANG_SECONDS,
) -> Report:
    """Run an entry's cases `first` to `first + cases` in a child until `seconds` are over."""
    started = time.monotonic()
    findings: list[Finding] = []
    number, end = first, first + cases
    while number < end and time.monotonic() - started < seconds:
        with tempfile.TemporaryDirectory() as place:
            left = seconds - (time.monotonic() - started)
            child = _Child(entry, seed, number, end, Path(place))
            number = child.watch(left, hang_seconds)
            findings += child.findings
    return Report(entry, number - first, time.monotonic() - started, tuple(findings))


class _Child:
    """A process that goes through cases, watched from outside."""

    def __init__(self, entry: str, seed: int, first: int, end: int, folder: Path) -> None:
        self._what = (entry, seed)
        self._first, self._end = first, end
        self._beat, self._found = folder / "beat", folder / "found"
        self._beat.write_bytes(_BEAT.pack(_FIRST_START))
        self._found.touch()
        self._errors = folder / "errors"
        command = python(
            "-m", "tests.robustness.fuzz", "--worker", str(folder), "--entry", entry,
            "--seed", str(seed), "--first", str(first), "--cases", str(end - first),
        )  # fmt: skip
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command, env=home_in(folder / "home"), start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        self.findings: list[Finding] = []

    def watch(self, seconds: float, hang_seconds: float) -> int:
        """Wait until the cases are done or something is wrong; returns the next case to run."""
        started = changed = time.monotonic()
        number = _FIRST_START
        wrong = ""
        while self._process.poll() is None and not wrong:
            time.sleep(_LOOK_EVERY)
            now, beat = time.monotonic(), self._read_beat()
            if beat != number:
                number, changed = beat, now
            waiting = _START_SECONDS if number == _FIRST_START else hang_seconds
            if now - changed > waiting:
                wrong = "hang"
            elif peak_bytes(self._process.pid) > _KILLED_AT:
                wrong = "memory"
            elif now - started > seconds:
                break
        number = self._read_beat()
        died = self._process.poll()
        end_group(self._process)
        self.findings += [
            Finding(**json.loads(line)) for line in self._found.read_text().splitlines()
        ]
        if died not in (None, 0):
            wrong = wrong or "death"
        if number == _FIRST_START and (wrong or died is not None):
            raise RuntimeError(f"The cases could not begin:\n{self._stderr()}")
        if wrong:
            place = f"exit {died}" if wrong == "death" else ""
            self.findings.append(Finding(*self._what, number, wrong, place))
            return number + 1
        return self._end if died == 0 else max(number, self._first)

    def _read_beat(self) -> int:
        data = self._beat.read_bytes()
        return _BEAT.unpack(data)[0] if len(data) == _BEAT.size else _FIRST_START

    def _stderr(self) -> str:
        return self._errors.read_text(encoding="utf-8", errors="replace")[-3000:]


def random_of(entry: str, seed: int, number: int) -> Random:
    """Return the random numbers of one case: the same on every machine and in every order."""
    return Random(f"{entry}/{seed}/{number}")


def work(entry: str, seed: int, first: int, cases: int, folder: Path) -> None:
    """Go through cases in this process, and note what is wrong in `folder`."""
    from tests.robustness.fuzz_entries import ENTRIES

    place = folder / "files"
    place.mkdir()
    run = ENTRIES[entry](place)
    with (folder / "beat").open("r+b", buffering=0) as beat, (folder / "found").open("a") as found:
        for number in range(first, first + cases):
            beat.seek(0)
            beat.write(_BEAT.pack(number))
            _forget_peak()
            for kind, where in _outcome(run, random_of(entry, seed, number)):
                found.write(json.dumps(asdict(Finding(entry, seed, number, kind, where))) + "\n")
                found.flush()


def _outcome(run: object, random: Random) -> Iterator[tuple[str, str]]:
    assert callable(run)
    try:
        with _uncaught() as caught:
            run(random)
    except Exception as error:
        yield "unexpected", place_of(error)
    for error in caught:
        yield "unexpected", place_of(error)
    peak = peak_bytes("self")
    if peak > MOST_BYTES:
        yield "memory", f"{peak / 1e6:.0f} MB"


@contextlib.contextmanager
def _uncaught() -> Iterator[list[BaseException]]:
    """Collect what is raised in Qt's slots: there it goes to the hook, not to the caller."""
    caught: list[BaseException] = []
    before = sys.excepthook
    sys.excepthook = lambda _kind, error, _trace: caught.append(error)
    try:
        yield caught
    finally:
        sys.excepthook = before


def place_of(error: BaseException) -> str:
    """Return an error's type and where it arose: our last line, and the library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "koa_desktop" in frame.filename]
    where = [*own[-1:], *frames[-1:]] if not own or own[-1] is not frames[-1] else own[-1:]
    lines = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(where))
    said = str(error) if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} {said} at {lines}".replace("  ", " ")


def _forget_peak() -> None:
    """Have the kernel count the peak of resident memory anew (proc(5), clear_refs)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def show(report: Report) -> None:
    """Print a report: each fault once, with how many cases show it and the first of them."""
    rate = report.cases / max(report.seconds, 1e-9)
    print(
        f"{report.entry}: {report.cases} cases in {report.seconds:.0f} s ({rate:.0f}/s), "
        f"{len(report.findings)} found"
    )
    faults: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        place = "" if finding.kind == "memory" else finding.place
        faults.setdefault((finding.kind, place), []).append(finding)
    for (kind, place), found in sorted(faults.items(), key=lambda fault: -len(fault[1])):
        numbers = ", ".join(str(finding.case) for finding in found[:4])
        largest = max((one.place for one in found), default="") if kind == "memory" else place
        print(f"  {len(found):5} x {kind} {largest}  (seed {found[0].seed}, case {numbers})")
    sys.stdout.flush()


def run_again(entry: str, seed: int, number: int) -> None:
    """Run one case in this process, and let it raise."""
    from tests.robustness.fuzz_entries import ENTRIES

    with tempfile.TemporaryDirectory() as place:
        run = ENTRIES[entry](Path(place))
        started = time.monotonic()
        _forget_peak()
        try:
            run(random_of(entry, seed, number))
        finally:
            print(f"{time.monotonic() - started:.1f} s, {peak_bytes('self') / 1e6:.0f} MB at most")


def main() -> int:
    """Fuzz every entry, or the one named."""
    from tests.robustness.fuzz_entries import ENTRIES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entry", choices=list(ENTRIES))
    parser.add_argument("--cases", type=int, default=1000, help="of each entry")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each entry")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--case", type=int)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.entry, options.seed, options.first, options.cases, options.worker)
        return 0
    if options.case is not None:
        run_again(options.entry, options.seed, options.case)
        return 0
    found = 0
    for entry in [options.entry] if options.entry else ENTRIES:
        report = fuzz(
            entry, seed=options.seed, first=options.first, cases=options.cases,
            seconds=options.seconds,
        )  # fmt: skip
        show(report)
        found += len(report.findings)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
