"""The recipe for archives gives one outcome for each file, though a worker is killed."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from koa_desktop.system.paths import SAMPLES

pytest.importorskip("dask.distributed")
pq = pytest.importorskip("pyarrow.parquet")

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "docs" / "archive" / "grade_archive.py"
FILES = int(os.environ.get("KOA_ARCHIVE_FILES", "450"))
GRADED_EACH = 50  # every so many files is a knee; the others cannot be read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills a worker as Linux does"),
]


def archive(folder: Path) -> list[str]:
    names = []
    for number in range(FILES):
        file = folder / f"{number:06d}.png"
        if number % GRADED_EACH:
            file.write_bytes(b"no picture")
        else:
            file.symlink_to(SAMPLES / f"grade{number // GRADED_EACH % 5}.png")
        names.append(str(file))
    return names


@pytest.fixture
def start() -> Iterator[Callable[[Path, Path], subprocess.Popen[str]]]:
    """Start the recipe for a list and a folder; what still runs in the end is ended."""
    with contextlib.ExitStack() as stack:

        def start(listed: Path, out: Path) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, str(RECIPE), str(listed), str(out), "--workers", "2", "--crop"],
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def wait_for(found: object, process: subprocess.Popen[str]) -> None:
    while not found() and process.poll() is None:  # type: ignore[operator]
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()[0]


def dashboard(process: subprocess.Popen[str]) -> str:
    """Return the page that the line with "progress" names."""
    assert process.stdout is not None
    said = next(line for line in process.stdout if "progress: " in line)
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with directly.open(said.split("progress: ")[1].strip(), timeout=60) as page:
        return page.read().decode("utf-8")


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Return the process numbers of the workers, which are started by `process`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):  # a process may end meanwhile
            command = (status.parent / "cmdline").read_bytes()
            if f"PPid:\t{process.pid}\n" in status.read_text() and b"spawn_main" in command:
                found.append(int(status.parent.name))
    return found


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grade_archive", RECIPE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def odd_files(tmp_path: Path) -> list[bytes]:
    """Return the paths of five knees whose names are bytes, controls, line ends, or long."""
    folder = os.fsencode(tmp_path / "odd")
    os.mkdir(folder)  # noqa: PTH102
    names = [
        "Genou opéré.png".encode("latin-1"),
        "next\x85line and\u2028another.png".encode(),
        b"new\nline.png",
        b"carriage\r\nreturn.png",
        b"x" * 251 + b".png",
    ]
    files = [folder + b"/" + name for name in names]
    for file in files:
        Path(os.fsdecode(file)).write_bytes((SAMPLES / "grade2.png").read_bytes())
    return files


def test_every_file_of_a_folder_is_listed_whatever_its_name(
    recipe: ModuleType, odd_files: list[bytes], tmp_path: Path
) -> None:
    for _ in range(2):  # the second time from the list that the first has written
        found = recipe.file_list(tmp_path / "odd", tmp_path)
        assert sorted(map(os.fsencode, found)) == sorted(odd_files)


def test_a_list_has_a_path_a_line_or_null_characters(recipe: ModuleType) -> None:
    paths = ["/a b.dcm", "/next\x85line\u2028.dcm", os.fsdecode(b"/\xe9.dcm")]
    for end in (b"\n", b"\r\n", b"\0"):
        assert recipe.listed(b"".join(os.fsencode(path) + end for path in paths)) == paths
    assert recipe.listed(b"/new\nline\0/other\r\n\0") == ["/new\nline", "/other\r\n"]
    assert recipe.listed(b"") == []


def test_odd_names_are_graded_and_found_again(
    start: Callable[[Path, Path], subprocess.Popen[str]], odd_files: list[bytes], tmp_path: Path
) -> None:
    too_long, no_picture = b"/" + b"y" * 5000, os.fsencode(tmp_path) + b"/\xe9.png"
    Path(os.fsdecode(no_picture)).write_bytes(b"no picture")
    listed, out = tmp_path / "list", tmp_path / "out"
    listed.write_bytes(b"\0".join([*odd_files, too_long, no_picture]))
    said, _ = (process := start(listed, out)).communicate()
    assert process.returncode == 1, said

    rows = pq.read_table(out / "rows").to_pylist()
    paths = [row["file_bytes"] or row["file"].encode() for row in rows]
    assert paths == [*odd_files, too_long, no_picture]
    assert [row["grade"] != "" for row in rows] == [True] * 5 + [False] * 2
    assert rows[0]["file"] == f"{tmp_path}/odd/Genou op\\udce9r\\udce9.png"
    with (out / "failures.csv").open(encoding="utf-8", newline="") as file:
        failed = [row["file"] for row in csv.DictReader(file)]
    assert failed == [too_long.decode(), f"{tmp_path}/\\udce9.png"]


@pytest.mark.requirement("R14")
def test_every_file_has_one_outcome_though_worker_and_scheduler_are_killed(
    tmp_path: Path, start: Callable[[Path, Path], subprocess.Popen[str]]
) -> None:
    (tmp_path / "archive").mkdir()
    names = archive(tmp_path / "archive")
    listed, out = tmp_path / "list.txt", tmp_path / "out"
    listed.write_text("\n".join([*names, names[0]]), encoding="utf-8")

    process = start(listed, out)
    page = dashboard(process)
    assert "/bokeh.min.js" in page
    assert "needs bokeh" not in page
    wait_for(lambda: list(out.glob("rows/part-*")), process)
    os.kill(workers(process)[0], signal.SIGKILL)
    wait_for(lambda: len(list(out.glob("rows/part-*"))) > 2, process)
    # The scheduler lives in this process; its workers end with it.
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = {part: part.stat().st_mtime_ns for part in out.glob("rows/part-*")}
    assert kept

    listed.unlink()
    listed.write_text("", encoding="utf-8")  # the list of the first run counts
    said, _ = (again := start(listed, out)).communicate()
    assert again.returncode == 1, said
    assert {part: part.stat().st_mtime_ns for part in kept} == kept
    rows = pq.read_table(out / "rows").to_pylist()
    assert Counter(row["file"] for row in rows) == Counter(names)
    assert [row["file"] for row in rows if row["grade"]] == names[::GRADED_EACH]
    with (out / "failures.csv").open(encoding="utf-8", newline="") as file:
        failed = list(csv.DictReader(file))
    assert len(failed) == FILES - len(names[::GRADED_EACH])
    assert all(row["error"] for row in failed)
