"""The recipe for archives keeps each outcome once where workers, disk or scheduler fail."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import pytest

from koa_desktop.system.file_lock import lock
from koa_desktop.system.paths import SAMPLES
from tests.end_to_end.archive_recipe import faulty

pytest.importorskip("dask.distributed")
pq = pytest.importorskip("pyarrow.parquet")

Start = Callable[..., "subprocess.Popen[str]"]

# In each worker, from the start of its process.
POISON = """
import dask
dask.config.set({"distributed.scheduler.allowed-failures": 1})
unpoisoned = recipe.read
def read(path):
    if path.name == "poison.png":
        os._exit(1)
    return unpoisoned(path)
recipe.read = read
"""
KILLED_BEFORE_RENAMING = """
replace = Path.replace
def replace_or_die(self, target):
    killed = Path(sys.argv[2]) / "killed"
    if self.parent.name == "rows" and not killed.exists():
        killed.touch()
        os._exit(1)
    return replace(self, target)
Path.replace = replace_or_die
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list of a knee, a file that `POISON` takes for deadly, and a file that is no picture."""
    (tmp_path / "knee.png").write_bytes((SAMPLES / "grade3.png").read_bytes())
    for name in ("poison.png", "none.png"):
        (tmp_path / name).write_bytes(b"no picture")
    (tmp_path / "list").write_text(
        "".join(f"{tmp_path / name}\n" for name in ("knee.png", "poison.png", "none.png")),
        encoding="utf-8",
    )
    return tmp_path / "list"


@pytest.fixture
def dask() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a part of a cluster; end it after the test."""
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def outcomes(out: Path) -> list[tuple[str, bool, bool]]:
    """Return name, graded and failed of each row."""
    rows = pq.read_table(out / "rows").to_pylist()
    return [(Path(row["file"]).name, row["grade"] != "", row["error"] != "") for row in rows]


EACH_ONCE = [("knee.png", True, False), ("poison.png", False, True), ("none.png", False, True)]


@pytest.mark.slow
def test_a_file_that_ends_its_worker_costs_no_other_file_its_grade(
    start: Start, listed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(listed, out, "--workers=1", "--crop", script=faulty(tmp_path, POISON))
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert outcomes(out) == EACH_ONCE


@pytest.mark.slow
def test_a_worker_killed_before_renaming_leaves_one_part_and_nothing_else(
    start: Start, listed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    script = faulty(tmp_path, KILLED_BEFORE_RENAMING)
    process = start(listed, out, "--workers=1", "--crop", script=script)
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert (out / "killed").exists()
    assert outcomes(out) == EACH_ONCE
    assert [path.name for path in (out / "rows").iterdir()] == ["part-000000.parquet"]


@pytest.mark.slow
def test_a_second_program_leaves_the_folder_of_the_first_alone(
    start: Start, listed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with (out / ".lock").open("ab") as locked:
        assert lock(locked.fileno())
        said, _ = (process := start(listed, out)).communicate()
    assert process.returncode == 2
    assert "Another program" in said
    assert [path.name for path in out.iterdir()] == [".lock"]


@pytest.mark.slow
def test_a_cluster_is_waited_for_and_its_loss_is_told(
    start: Start,
    dask: Callable[..., subprocess.Popen[bytes]],
    listed: Path,
    tmp_path: Path,
) -> None:
    file, out = tmp_path / "scheduler.json", tmp_path / "out"
    scheduler = dask(
        *("scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard"),
        f"--scheduler-file={file}",
    )
    process = start(listed, out, "--crop", "--scheduler", address(file, scheduler))
    wait_for_progress(process)
    worker = dask("worker", address(file, scheduler), "--nthreads=1", "--no-nanny")
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert outcomes(out) == EACH_ONCE

    worker.kill()
    lost = start(listed, tmp_path / "lost", "--scheduler", address(file, scheduler))
    wait_for_progress(lost)
    scheduler.kill()
    said, _ = lost.communicate()
    assert lost.returncode == 2, said
    assert "start this again with the same OUT" in said


def wait_for_progress(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if "progress" in line:
            return
    raise AssertionError(process.wait())


def address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    while not file.exists() or not file.read_bytes():
        assert scheduler.poll() is None
    return str(json.loads(file.read_bytes())["address"])


def test_a_worker_has_one_core(recipe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(recipe.Examiner, "load", lambda **how: loaded.append(how))
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4)
        recipe.Networks().setup(SimpleNamespace())
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
    assert loaded == [{"threads": 1}]


def test_a_worker_without_networks_or_without_the_folder_fails_no_file(
    recipe: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rows").mkdir()
    monkeypatch.setattr(recipe, "get_worker", SimpleNamespace)
    with pytest.raises(OSError, match="A worker does not see"):
        recipe.grade_batch(0, ["/none.png"], str(tmp_path), crop=False)
    recipe.list_of(tmp_path).touch()
    with pytest.raises(AttributeError, match="examiner"):
        recipe.grade_batch(0, ["/none.png"], str(tmp_path), crop=False)
    assert list((tmp_path / "rows").iterdir()) == []


def test_a_worker_can_tell_that_a_part_cannot_be_written(
    recipe: ModuleType, tmp_path: Path
) -> None:
    part = recipe.part_of(tmp_path / "missing", 0)
    with pytest.raises(OSError, match="its folder does not exist") as caught:
        recipe.write_part(part, [recipe.failed_row("/none.png", None)])
    told = pickle.loads(pickle.dumps(caught.value))
    assert str(told) == str(caught.value)


def test_a_long_list_is_not_held_in_memory(recipe: ModuleType, tmp_path: Path) -> None:
    number = 100_000
    listed = recipe.list_of(tmp_path)
    listed.write_bytes(b"".join(b"/archive/%090d\0" % one for one in range(number)))
    tracemalloc.start()
    try:
        assert sum(len(files) for _, files in recipe.batches(tmp_path)) == number
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < listed.stat().st_size / 2
