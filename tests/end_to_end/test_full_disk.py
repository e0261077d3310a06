"""A disk that is really full, for the reader's work, exports and a batch: told, and nothing half.

A small disk in memory is mounted for it, so these tests run on Linux and as the superuser only.
What they need of the program is tested elsewhere, too, with errors that are made up.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QMessageBox

from koa_desktop.examination.store import ReadingStore
from koa_desktop.gui.export.dialog import Scope
from koa_desktop.system.paths import SAMPLES
from tests.robustness.kill_window import is_whole
from tests.robustness.process_tree import home_in
from tests.support.gui_driver import button, click, press, texts
from tests.support.sample_files import knee_crop

_BYTES = 3 * 2**20
FULL = "The disk that holds the case list is full."
LONG = "seen " * 4000
FORMATS = ("Report (PDF)", "Picture with boxes (PNG)", "Table (CSV)", "Everything (JSON)")


class SmallDisk:
    """A disk of 3 MB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, *, but: int = 0) -> None:
        """Leave `but` bytes free, in whole pages."""
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass
        size = self._filler.stat().st_size
        with self._filler.open("r+b") as file:
            file.truncate(max(size - but, 0))

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink()

    @property
    def files(self) -> list[Path]:
        """All files but the one that fills it."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return sorted(path for path in files if path != self._filler)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def place(disk: SmallDisk) -> Path:
    """The folder of the window's work and settings."""
    (disk.folder / "own").mkdir()
    return disk.folder / "own"


def stored(place: Path, case) -> tuple[int | None, str]:
    with closing(sqlite3.connect(place / "cases.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = ReadingStore(place / "cases.sqlite").load(case.identity)
    return (found.reading.knees[0].reader_grade, found.reading.comment) if found else (None, "")


def test_grades_and_typing_are_kept_and_saved_once_there_is_room(
    window, show, films, disk, place, wait_until
):
    (case,) = show(knee_crop(films))
    press(window, Qt.Key.Key_1)
    wait_until(lambda: stored(place, case)[0] == 1)
    disk.fill()
    press(window, Qt.Key.Key_3)
    window.panel.comment.setPlainText(LONG)
    window.panel.comment.finish()
    wait_until(lambda: FULL in texts(window.saving.unsaved))
    assert "Not saved: crop.png." in texts(window.saving.unsaved)
    assert not window.close()
    click(button(window.closing.dialog, "Go back"))
    disk.free()
    wait_until(lambda: not window.session.saver.unsaved, 40)
    assert not window.saving.unsaved.isVisible()
    assert stored(place, case) == (3, LONG)


def test_a_first_start_on_a_full_disk_is_told_and_damages_nothing(
    make_window, show_in, films, disk, place, wait_until
):
    disk.fill()
    window = make_window()
    window.session.warm_up()
    wait_until(lambda: FULL in texts(window.saving.unsaved))
    (case,) = show_in(window, knee_crop(films))
    press(window, Qt.Key.Key_2)
    wait_until(lambda: "Not saved: crop.png." in texts(window.saving.unsaved))
    click(button(window.saving, "Retry"))
    assert not window.close()
    click(button(window.closing.dialog, "Go back"))
    disk.free()
    wait_until(lambda: not window.session.saver.unsaved, 40)
    assert stored(place, case)[0] == 2
    assert window.session.services.store_notice is None
    assert not [path for path in disk.files if "damaged" in path.name]


def test_a_full_disk_is_told_from_the_start_where_there_is_a_case_list(
    make_window, disk, place, wait_until
):
    ReadingStore(place / "cases.sqlite")
    disk.fill()
    window = make_window()
    window.session.warm_up()
    wait_until(lambda: FULL in texts(window.saving.unsaved))
    assert "Work cannot be saved at present." in texts(window.saving.unsaved)
    disk.free()
    wait_until(lambda: not window.saving.unsaved.isVisible(), 40)


@pytest.mark.parametrize("left", [0, 40_000, 120_000, 400_000])
def test_an_export_is_whole_as_far_as_there_is_room_and_names_the_rest(
    window, show, films, disk, wait_until, monkeypatch, left
):
    def go_on(box: QMessageBox) -> None:
        box.show()
        click(button(box, "Export anyway"))

    monkeypatch.setattr(QMessageBox, "exec", go_on)
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    folder = disk.folder / "out"
    folder.mkdir()
    window.settings.export_folder = folder
    window.exports.ask()
    dialog = window.exports.dialog
    for text in FORMATS:
        button(dialog, text).setChecked(True)
    scopes = dialog.findChild(QComboBox)
    scopes.setCurrentIndex(scopes.findData(Scope.ALL))
    disk.fill(but=left)
    button(dialog, "Export").click()
    wait_until(button(dialog, "Export").isEnabled, 60)
    said = dialog.findChild(QLabel, "outcome").text()
    files = sorted(folder.iterdir())
    assert all(is_whole(path) for path in files)
    assert not [path for path in files if path.suffix == ".part"]
    many = "1 file was" if len(files) == 1 else f"{len(files)} files were"
    assert said.startswith(f"{many} written")
    assert ("the disk is full" in said) is (len(files) < 6)
    assert len(files) < 6
    disk.free()
    for path in files:
        path.unlink()
    button(dialog, "Export").click()
    wait_until(button(dialog, "Export").isEnabled, 60)
    assert len(list(folder.iterdir())) == 6
    assert all(is_whole(path) for path in folder.iterdir())


def graded(disk: SmallDisk, home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    folder = disk.folder / "films"
    command = [sys.executable, "-m", "koa_desktop", "grade", str(folder)]
    command += ["--out", str(disk.folder / "out"), "--format", "csv,png", "--jobs", "1", *more]
    return subprocess.run(
        command, env=home_in(home), capture_output=True, text=True, timeout=300, check=False
    )


def test_a_batch_says_what_the_disk_refused_and_goes_on_later(disk, tmp_path):
    films = disk.folder / "films"
    films.mkdir()
    for sample in sorted(SAMPLES.glob("grade*.png"))[:3]:
        shutil.copy(sample, films)
    (tmp_path / "home").mkdir()
    disk.fill(but=40_000)
    refused = graded(disk, tmp_path / "home")
    assert refused.returncode == 3
    assert "the disk is full" in refused.stderr or "MB are free" in refused.stderr
    files = [path for path in disk.files if path.parent == disk.folder / "out"]
    assert all(is_whole(path) for path in files if path.suffix in (".csv", ".png"))
    disk.free()
    done = graded(disk, tmp_path / "home", "--resume")
    assert done.returncode == 0, done.stderr
    table = (disk.folder / "out" / "results.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert len({row["file"] for row in rows}) == len(rows) == 3
    assert len(list((disk.folder / "out").glob("*.png"))) == 3
    assert not [path for path in disk.files if path.suffix == ".part"]


def test_an_archive_stops_and_goes_on(
    disk: SmallDisk, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    names = [f"{tmp_path}/{number}.png" for number in range(150)]
    (tmp_path / "list").write_text("\n".join(names), encoding="utf-8")
    disk.fill(but=4 * 4096)  # the list fits, a part does not
    said, _ = (process := start(tmp_path / "list", disk.folder, "--workers=1")).communicate()
    assert process.returncode == 2, said
    assert "because the disk is full. Then start this again" in said
    assert {path.name for path in disk.files} == {".lock", "files.txt"}

    disk.free()
    said, _ = (process := start(tmp_path / "list", disk.folder, "--workers=1")).communicate()
    assert process.returncode == 1, said
    rows = pq.read_table(disk.folder / "rows").to_pylist()
    assert [row["file"] for row in rows] == names
