"""The program makes no connection: it runs without a network, and asks for none.

Its system calls are recorded in a network namespace that has no device but its own loopback. With
KOA_PROGRAM the frozen program of that path is watched, else this source tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.process_tree import ROOT, home_in

SAMPLES = ROOT / "resources" / "samples"
_EMPTY_NETWORK = ("unshare", "--user", "--map-root-user", "--net")
_STRACE = ("strace", "-f", "-qq", "-e", "trace=network", "-o")
_WINDOW = """
import sys
from tests.robustness import window_driver
def script(driver):
    yield lambda: driver.is_graded
    driver.trigger("About")
    yield 500
    for dialog in driver.dialogs:
        dialog.close()
    yield 100
    driver.write(window=driver.window.windowTitle())
sys.exit(window_driver.run(sys.argv[1:], script))
"""


def _can_watch() -> bool:
    if sys.platform != "linux" or not shutil.which("strace") or not shutil.which("unshare"):
        return False
    tried = subprocess.run(
        [*_EMPTY_NETWORK, "strace", "-f", "-o", "/dev/null", "true"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not _can_watch(), reason="strace or network namespaces are missing")


def watched(command: list[str], folder: Path, seconds: int | None = None) -> tuple[str, list[str]]:
    """Run a command in an empty network; return its output and the network calls of all processes.

    It is ended after that number of seconds, if one is given, and has to end well by itself else.
    """
    record = folder / "calls"
    # TensorFlow brings requests, which pydicom then loads, and which tries a socket of its own. The
    # program alone has none.
    (folder / "requests.py").write_text("raise ImportError", encoding="utf-8")
    environment = home_in(folder, PYTHONPATH=os.pathsep.join([str(folder), str(ROOT)]))
    limit = ["timeout", "--signal=KILL", str(seconds)] if seconds else []
    done = subprocess.run(
        [*_EMPTY_NETWORK, *limit, *_STRACE, str(record), *command],
        env=environment,
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or seconds, done.stdout + done.stderr
    return done.stdout, record.read_text(encoding="utf-8", errors="replace").splitlines()


def not_local(calls: list[str]) -> list[str]:
    """Return the calls that open or address a socket of another family than the local one."""
    families = r"\b(?:socket|socketpair)\((\w+)|sa_family=(\w+)"
    return [
        call
        for call in calls
        if any(
            family not in {"", "AF_UNIX"}
            for found in re.findall(families, call)
            for family in found
        )
    ]


def frozen_or_source() -> list[str]:
    program = os.environ.get("KOA_PROGRAM")
    return [program] if program else [sys.executable, "-m", "koa_desktop"]


def test_a_connection_would_be_seen(tmp_path: Path) -> None:
    code = "import socket; socket.socket().close(); socket.socketpair()[0].close()"
    _, calls = watched([sys.executable, "-c", code], tmp_path)
    (found,) = not_local(calls)
    assert "AF_INET" in found


@pytest.mark.requirement("R1")
def test_the_self_test_needs_and_asks_for_no_network(tmp_path: Path) -> None:
    said, calls = watched([*frozen_or_source(), "self-test"], tmp_path)
    assert "All checks passed." in said
    assert not_local(calls) == []


@pytest.mark.requirement("R1")
def test_a_window_at_work_needs_and_asks_for_no_network(tmp_path: Path) -> None:
    film = str(SAMPLES / "bilateral.dcm")
    said, calls = watched([sys.executable, "-c", _WINDOW, film], tmp_path)
    assert "KOA Desktop" in said
    assert not_local(calls) == []


@pytest.mark.skipif("KOA_PROGRAM" not in os.environ, reason="watches the frozen program")
def test_the_frozen_window_asks_for_no_network(tmp_path: Path) -> None:
    _, calls = watched([os.environ["KOA_PROGRAM"], str(SAMPLES / "grade2.png")], tmp_path, 15)
    assert not_local(calls) == []
