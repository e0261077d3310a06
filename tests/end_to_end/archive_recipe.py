"""Start the recipe for archives, whole or with a fault planted in it, and watch its workers."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "docs" / "archive" / "grade_archive.py"


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script with arguments, the recipe where none is given; end it after the test."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str | Path, script: Path = RECIPE) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, str(script), *map(str, arguments)],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), str(RECIPE.parent)]),
                    "PYTHONUNBUFFERED": "",
                },
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    """Load the recipe in this process."""
    pytest.importorskip("dask.distributed")
    pytest.importorskip("pyarrow.parquet")
    spec = importlib.util.spec_from_file_location("grade_archive", RECIPE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def faulty(folder: Path, fault: str) -> Path:
    """Return a script that is the recipe after the statements `fault`, in its workers as well."""
    script = folder / "faulty.py"
    script.write_text(
        f"import os, sys\nfrom pathlib import Path\nimport grade_archive as recipe\n{fault}\n"
        'if __name__ == "__main__":\n    sys.exit(recipe.main())\n',
        encoding="utf-8",
    )
    return script


def wait_for(found: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until `found` returns something true; fail where the process ends before."""
    while not found() and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()[0]


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Return the process numbers of the workers, which are started by `process`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):  # a process may end meanwhile
            command = (status.parent / "cmdline").read_bytes()
            if f"PPid:\t{process.pid}\n" in status.read_text() and b"spawn_main" in command:
                found.append(int(status.parent.name))
    return found
