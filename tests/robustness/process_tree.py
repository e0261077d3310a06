"""A command and the processes it starts: how long, how much memory at most, and a limit on both.

Looks into /proc, so Linux only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_INTERVAL = 0.03
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(slots=True)
class Measured:
    """Seconds and most bytes resident, of the command itself and of its largest child.

    `status` is the exit status, negative for a signal; `stopped` says why it was killed by us.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    own_bytes: int = 0
    child_bytes: int = 0
    status: int = 0
    stopped: str = ""
    output: str = ""
    cpu: dict[int, float] = field(default_factory=dict)


def home_in(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which the program keeps everything below `folder`, offscreen."""
    folders = {
        f"XDG_{name}_HOME": folder / name.lower() for name in ("DATA", "CONFIG", "STATE", "CACHE")
    }
    for place in folders.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        **{name: str(place) for name, place in folders.items()},
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        **more,
    }


def measured(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    seconds: float,
    most_bytes: int = 7 * 2**30,
) -> Measured:
    """Run a command to its end, or until it takes more than it may, and measure it."""
    found = Measured()
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, env=env, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        try:
            while process.poll() is None:
                _look_at(process.pid, found)
                if time.monotonic() - started > seconds:
                    found.stopped = f"more than {seconds:g} s"
                elif max(found.own_bytes, found.child_bytes) > most_bytes:
                    found.stopped = f"more than {most_bytes / 2**30:g} GiB"
                if found.stopped:
                    break
                time.sleep(_INTERVAL)
        finally:
            found.seconds = time.monotonic() - started
            end_group(process)
        found.status = process.returncode
        found.cpu_seconds = sum(found.cpu.values())
        output.seek(0)
        found.output = output.read().decode("utf-8", "replace")
    return found


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process started in a session of its own, and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def python(*arguments: str) -> list[str]:
    """Return a command that runs Python as this process does."""
    return [sys.executable, *arguments]


def peak_bytes(pid: int | str) -> int:
    """Return the most bytes a process ever had resident; 0 where it has gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def _look_at(root: int, found: Measured) -> None:
    found.own_bytes = max(found.own_bytes, peak_bytes(root))
    for pid in _family(root, found):
        if pid != root:
            found.child_bytes = max(found.child_bytes, peak_bytes(pid))


def _family(root: int, found: Measured) -> set[int]:
    """Return a process and what it started, and note the time each has worked."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parts = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(parts[1])
                used[int(entry.name)] = (int(parts[11]) + int(parts[12])) / _TICKS
    family = {root}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    found.cpu.update((pid, used[pid]) for pid in family if pid in used)
    return family
