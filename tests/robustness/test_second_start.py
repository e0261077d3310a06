"""The program started a second time: the window that is open gets the files and comes forward."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.process_tree import ROOT, end_group, home_in, python
from tests.support.sample_files import knee_crop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="keeps its folders as Linux does")

_WINDOW = """
import sys
from tests.robustness import window_driver
def script(driver):
    yield lambda: driver.window is not None
    driver.window.showMinimized()
    driver.write(opened=True)
    yield lambda: len(driver.cases) == 2
    driver.write(cases=driver.cases, minimised=driver.window.isMinimized())
    yield lambda: False
sys.exit(window_driver.run(sys.argv[1:], script))
"""


@contextmanager
def window(environment: dict[str, str], *files: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        python("-c", _WINDOW, *map(str, files)), env=environment, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        end_group(process)
        if process.stdout is not None:
            process.stdout.close()


def said(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Return the next line of a window's journal."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "The window has ended."
    return dict(json.loads(line))


@pytest.mark.requirement("R9")
def test_a_second_start_brings_its_files_to_the_first_window(tmp_path: Path) -> None:
    environment = home_in(tmp_path / "home")
    first_film, second_film = knee_crop(tmp_path, "a.png"), knee_crop(tmp_path, "b.png", 1)
    with window(environment, first_film) as first:
        assert said(first)["opened"]
        second = subprocess.run(
            python("-m", "koa_desktop", second_film.name), env=environment, cwd=tmp_path,
            capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert second.returncode == 0, second.stderr
        assert "already open" in second.stdout
        shown = said(first)
        assert [name.partition(",")[0] for name in shown["cases"]] == ["a.png", "b.png"]
        assert not shown["minimised"]
        # Killed, it leaves a socket and a file, but no lock.
        first.kill()
        first.wait()
    with window(environment) as third:
        assert said(third)["opened"]
