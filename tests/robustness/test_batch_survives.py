"""Many files graded without a window, while another does so, after a kill, and on a full disk."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.robustness.process_tree import ROOT, home_in, python

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits and kills as Linux has them"
)

DONE, SOME_NOT, WRONG_USAGE, NOT_WRITTEN = 0, 1, 2, 3
FILES = 60
NAMED = ("--identity", "patient")  # rows and exports have the names of the files


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Many knees, all of them different files."""
    folder = tmp_path / "crops"
    folder.mkdir()
    samples = sorted((ROOT / "resources" / "samples").glob("*.png"))
    for number in range(FILES):
        data = samples[number % len(samples)].read_bytes()
        (folder / f"{number:03}.png").write_bytes(data + bytes([number]))
    return folder


def start(*arguments: str | Path, home: Path, before: str = "") -> subprocess.Popen[str]:
    command = python("-m", "koa_desktop", "grade", *map(str, arguments), *NAMED)
    if before:
        command = ["bash", "-c", f'{before}; exec "$@"', "bash", *command]
    return subprocess.Popen(
        command, env=home_in(home), cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors
    return process.returncode, out + errors


def names_in(table: Path) -> list[str]:
    """Return the file of each row. Every row must be whole."""
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert all(None not in row and None not in row.values() for row in rows)
    return [Path(row["file"]).name for row in rows]


def wait_for_rows(table: Path, count: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        if table.exists() and len(table.read_text(encoding="utf-8-sig").splitlines()) > count:
            return
        time.sleep(0.02)
    pytest.fail("No row was written before the end.")


def test_a_second_one_into_the_same_folder_is_refused_at_once(crops: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = start(crops, "--out", out, "--jobs", "1", home=tmp_path / "a")
    while first.poll() is None and not (out.exists() and any(out.iterdir())):
        time.sleep(0.02)
    second = start(crops, "--out", out, "--jobs", "1", home=tmp_path / "b")
    status, said = ended(second)
    is_first_at_work = first.poll() is None
    assert ended(first)[0] == DONE
    assert status == WRONG_USAGE
    assert "results.csv" in said
    assert is_first_at_work, "the second one graded everything first"
    assert len(names_in(out / "results.csv")) == FILES


@pytest.mark.requirement("R14")
def test_after_a_kill_every_finished_file_has_its_row_and_the_rest_is_resumed(
    crops: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed = start(crops, "--out", out, "--jobs", "1", home=tmp_path / "a")
    wait_for_rows(out / "results.csv", 5, killed)
    killed.kill()
    killed.communicate()
    status, said = ended(start(crops, "--out", out, "--resume", home=tmp_path / "b"))
    assert status == DONE, said
    assert sorted(names_in(out / "results.csv")) == [f"{n:03}.png" for n in range(FILES)]


def test_an_export_that_fails_costs_no_other_and_each_is_named(crops: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("000.png", "002.pdf"):
        (out / name).mkdir(parents=True)
    few = [crops / f"00{number}.png" for number in range(3)]
    status, said = ended(
        start(*few, "--out", out, "--format", "png,pdf", "--overwrite", home=tmp_path)
    )
    assert status == SOME_NOT
    assert "000.png" in said
    assert "002.pdf" in said
    assert "3 files: 3 graded" in said
    written = sorted(path.name for path in out.iterdir() if path.is_file())
    assert written == ["000.pdf", "001.pdf", "001.png", "002.png", "results.csv"]


def test_where_nothing_can_be_written_this_is_found_before_grading(
    crops: Path, tmp_path: Path
) -> None:
    few = [crops / f"00{number}.png" for number in range(3)]
    started = start(*few, "--out", tmp_path / "out", home=tmp_path, before="ulimit -f 0")
    status, said = ended(started)
    assert status == NOT_WRITTEN
    assert "0 graded" in said


def test_the_disk_that_fills_up_midway_keeps_the_rows_so_far(crops: Path, tmp_path: Path) -> None:
    # 8 blocks of 1,024 bytes: some rows fit, not all.
    started = start(crops, "--out", tmp_path / "out", home=tmp_path, before="ulimit -f 8")
    status, said = ended(started)
    assert status == NOT_WRITTEN
    assert " graded" in said
    assert 0 < len(names_in(tmp_path / "out" / "results.csv")) < FILES


def test_the_exit_statuses_are_documented(tmp_path: Path) -> None:
    status, said = ended(start("--help", home=tmp_path))
    assert status == DONE
    assert "--resume" in said
    statuses = [line.split()[0] for line in said.partition("exit status:")[2].split("\n") if line]
    assert statuses == ["0", "1", "2", "3", "4", "130"]
