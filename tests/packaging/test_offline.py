"""The program makes no connection: it runs without a network, and asks for none.

The system calls of the source tree and those of the built program are recorded in a network
namespace that has no device but its own loopback.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.robustness.process_tree import ROOT, end_group, home_in

SAMPLES = ROOT / "resources" / "samples"
WAITING_SECONDS = 240
_BUILT = [pytest.mark.slow, pytest.mark.timeout(900)]
_EMPTY_NETWORK = ("unshare", "--user", "--map-root-user", "--net")
# With --seccomp-bpf no other call stops the program.
_STRACE = ("strace", "--seccomp-bpf", "-f", "-qq", "-e", "trace=network", "-o")
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


def watched(
    command: list[str], folder: Path, use: Callable[[], None] = lambda: None, **more: str
) -> tuple[str, list[str]]:
    """Run a command in an empty network, and call `use` meanwhile.

    Returns its output and the network calls of all processes. It has to end well by itself.
    """
    record = folder / "calls"
    # TensorFlow brings requests, which pydicom then loads, and which tries a socket of its own. The
    # program alone has none.
    (folder / "requests.py").write_text("raise ImportError", encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    with subprocess.Popen(
        [*_EMPTY_NETWORK, *_STRACE, str(record), *command],
        env=home_in(folder, PYTHONPATH=path, **more), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            use()
            said, errors = process.communicate(timeout=280)
        finally:
            if process.returncode is None:
                end_group(process)
    assert process.returncode == 0, said + errors
    return said, record.read_text(encoding="utf-8", errors="replace").splitlines()


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


@pytest.fixture(params=["source", pytest.param("built", marks=_BUILT)])
def command(request: pytest.FixtureRequest) -> list[str]:
    """Return the command that starts the program."""
    if request.param == "source":
        return [sys.executable, "-m", "koa_desktop"]
    return [str(request.getfixturevalue("program"))]


@pytest.fixture
def screen() -> Iterator[str]:
    """The name of a screen that nobody sees."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
        server.terminate()


def wait_for_graded_film(cases: Path) -> None:
    """Wait until the case list has what the program says of a film."""
    query = "SELECT count(*) FROM film"
    for _ in range(WAITING_SECONDS):
        # The file or its table may not be there yet.
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"{cases.as_uri()}?mode=ro", uri=True)) as connection,
        ):
            if connection.execute(query).fetchone() == (1,):
                return
        time.sleep(1)
    raise AssertionError("The film was not graded.")


def test_a_connection_would_be_seen(tmp_path: Path) -> None:
    code = "import socket; socket.socket().close(); socket.socketpair()[0].close()"
    _, calls = watched([sys.executable, "-c", code], tmp_path)
    (found,) = not_local(calls)
    assert "AF_INET" in found


@pytest.mark.requirement("R1")
def test_the_self_test_needs_and_asks_for_no_network(command: list[str], tmp_path: Path) -> None:
    said, calls = watched([*command, "self-test"], tmp_path)
    assert "All checks passed." in said
    assert not_local(calls) == []


@pytest.mark.requirement("R1")
def test_a_window_at_work_needs_and_asks_for_no_network(tmp_path: Path) -> None:
    film = str(SAMPLES / "bilateral.dcm")
    said, calls = watched([sys.executable, "-c", _WINDOW, film], tmp_path)
    assert "KOA Desktop" in said
    assert not_local(calls) == []


@pytest.mark.requirement("R1")
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not all(map(shutil.which, ("Xvfb", "xdotool"))), reason="types on a screen")
def test_the_built_window_at_work_needs_and_asks_for_no_network(
    program: Path, screen: str, tmp_path: Path
) -> None:
    def shows(title: str, *then: str) -> bool:
        """Tell whether there is such a window, and do something in it."""
        for _ in range(WAITING_SECONDS):
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", title, *then],
                env={**os.environ, "DISPLAY": screen}, timeout=WAITING_SECONDS,
                capture_output=True, check=False,
            )  # fmt: skip
            if not done.stderr:
                return done.returncode == 0
            # A window that the search came upon was closed meanwhile.
            time.sleep(1)
        raise AssertionError(done.stderr)

    def press(key: str, title: str, done: Callable[[], bool]) -> None:
        """Press a key in a window until something is done: a window that opens takes none yet."""
        for _ in range(WAITING_SECONDS):
            if done():
                return
            shows(title, "windowfocus", "key", key)
            time.sleep(1)
        raise AssertionError(f"Nothing came of {key}.")

    def use() -> None:
        wait_for_graded_film(tmp_path / "data" / "koa-desktop" / "cases.sqlite")
        press("F1", "^KOA Desktop", lambda: shows("^Guide"))
        press("Escape", "^Guide", lambda: not shows("^Guide"))
        press("ctrl+q", "^KOA Desktop", lambda: not shows("^KOA Desktop"))

    film = str(SAMPLES / "bilateral.dcm")
    _, calls = watched([str(program), film], tmp_path, use, QT_QPA_PLATFORM="xcb", DISPLAY=screen)
    assert not_local(calls) == []
