"""The recipe for archives gives one outcome for each file, though a worker is killed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from koa_desktop.system.paths import SAMPLES
from tests.end_to_end.archive_recipe import wait_for, workers

pytest.importorskip("dask.distributed")
pq = pytest.importorskip("pyarrow.parquet")

FILES = int(os.environ.get("KOA_ARCHIVE_FILES", "450"))
OPTIONS = ("--workers", "2", "--crop")
KINDS = ("knee", "tiny", "none", "none", "none")  # of five files one after another

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(max(600, FILES)),
    pytest.mark.skipif(sys.platform != "linux", reason="kills a worker as Linux does"),
]


def archive(folder: Path) -> list[str]:
    """Make an archive: of five files, one is a knee, one too small, and three are no pictures."""
    names = []
    _, tiny = cv2.imencode(".png", np.arange(96, dtype=np.uint8).reshape(8, 12))
    for number in range(FILES):
        file = folder / f"{number:06d}.png"
        kind = KINDS[number % len(KINDS)]
        if kind == "knee":
            file.symlink_to(SAMPLES / f"grade{number // len(KINDS) % 5}.png")
        else:
            file.write_bytes(tiny.tobytes() if kind == "tiny" else b"no picture")
        names.append(str(file))
    return names


def dashboard(process: subprocess.Popen[str]) -> str:
    """Return the page that the line with "progress" names."""
    assert process.stdout is not None
    said = next(line for line in process.stdout if "progress: " in line)
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with directly.open(said.split("progress: ")[1].strip(), timeout=60) as page:
        return page.read().decode("utf-8")


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
    recipe: ModuleType,
    odd_files: list[bytes],
    tmp_path: Path,
) -> None:
    for _ in range(2):  # the second time from the list that the first has written
        assert recipe.keep_list(tmp_path / "odd", tmp_path) == len(odd_files)
        found = recipe.listed(recipe.list_of(tmp_path))
        assert sorted(map(os.fsencode, found)) == sorted(odd_files)


def test_a_list_has_a_path_a_line_or_null_characters(
    recipe: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def listed(data: bytes) -> list[str]:
        (tmp_path / "list").write_bytes(data)
        return list(recipe.listed(tmp_path / "list"))

    paths = ["/a b.dcm", "/next\x85line\u2028.dcm", os.fsdecode(b"/\xe9.dcm")]
    for chunk in (1, 3, 2**20):
        monkeypatch.setattr(recipe, "_CHUNK_BYTES", chunk)
        for end in (b"\n", b"\r\n", b"\0"):
            assert listed(b"".join(os.fsencode(path) + end for path in paths)) == paths
        assert listed(b"/a\n\n/b") == ["/a", "/b"]
        assert listed(b"/new\nline\0/other\r\n\0") == ["/new\nline", "/other\r\n"]
        assert listed(b"") == []


def test_each_path_is_kept_once_and_whole(
    recipe: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list").write_text("a.dcm\n/b.dcm\na.dcm\n", encoding="utf-8")
    assert recipe.keep_list(Path("list"), tmp_path) == 2
    assert list(recipe.listed(recipe.list_of(tmp_path))) == [str(tmp_path / "a.dcm"), "/b.dcm"]


def test_odd_names_are_graded_and_found_again(
    start: Callable[..., subprocess.Popen[str]],
    odd_files: list[bytes],
    tmp_path: Path,
) -> None:
    too_long, no_picture = b"/" + b"y" * 5000, os.fsencode(tmp_path) + b"/\xe9.png"
    Path(os.fsdecode(no_picture)).write_bytes(b"no picture")
    listed, out = tmp_path / "list", tmp_path / "out"
    listed.write_bytes(b"\0".join([*odd_files, too_long, no_picture]))
    said, _ = (process := start(listed, out, *OPTIONS)).communicate()
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
    tmp_path: Path,
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    (tmp_path / "archive").mkdir()
    names = archive(tmp_path / "archive")
    listed, out = tmp_path / "list.txt", tmp_path / "out"
    listed.write_text("\n".join([*names, names[0]]), encoding="utf-8")

    process = start(listed, out, *OPTIONS)
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
    said, _ = (again := start(listed, out, *OPTIONS)).communicate()
    assert again.returncode == 1, said
    assert {part: part.stat().st_mtime_ns for part in kept} == kept
    rows = pq.read_table(out / "rows").to_pylist()
    assert Counter(row["file"] for row in rows) == Counter(names)
    assert [row["file"] for row in rows if row["grade"]] == names[:: len(KINDS)]
    assert [row["file"] for row in rows if row["refusal"]] == names[1 :: len(KINDS)]
    with (out / "failures.csv").open(encoding="utf-8", newline="") as file:
        failed = list(csv.DictReader(file))
    kinds = zip(names, KINDS * FILES, strict=False)
    assert [row["file"] for row in failed] == [name for name, kind in kinds if kind == "none"]
    assert all(row["error"] for row in failed)
