"""The built program, for the tests that start it as on a machine without Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the program, once in a run; gives the executable that writes to the console.

    The variable KOA_PROGRAM names one that is built already, such as an installed one. A test that
    asks for it is slow and belongs in this folder, whose tests run in one process.
    """
    if os.environ.get("KOA_PROGRAM"):
        yield Path(os.environ["KOA_PROGRAM"])
        return
    folder = tmp_path_factory.mktemp("build")
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--distpath", str(folder / "dist"), "--workpath", str(folder / "work")),
        str(ROOT / "build.spec"),
    ]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    name = "koa-desktop-cli.exe" if sys.platform == "win32" else "koa-desktop"
    yield folder / "dist" / "koa-desktop" / name
    # pytest keeps the folders of three runs, and this one is large.
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without Python: an empty PATH and no variable of Python's."""
    (tmp_path / "empty").mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "LD_", "QT_", "KOA_"))
    }
    return {**kept, "PATH": str(tmp_path / "empty"), "HOME": str(tmp_path)}


def run(program: Path, bare: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program that is built, from the root of its drive, and wait for its end."""
    return subprocess.run(
        [str(program), *arguments],
        env=bare,
        cwd=program.anchor,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
