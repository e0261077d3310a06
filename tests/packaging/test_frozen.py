"""The built program, started as on a machine without Python."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from koa_desktop.errors import NetworkError
from koa_desktop.examination.encryption import change, keys
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.system.paths import SAMPLES
from koa_desktop.transfer.node import Node
from koa_desktop.transfer.sending import echo
from tests.packaging.conftest import run
from tests.transfer.conftest import free_port

# With OpenCV as PyPI has it for Linux, which takes 157 MB, and without video and linear algebra.
MOST_BYTES, MOST_BYTES_RELEASED = 405_000_000, 260_000_000
# With OpenCV and NumPy as PyPI has them for Windows, and the Python code once in each executable.
MOST_BYTES_WINDOWS = 280_000_000
MOST_BYTES_ICU = 4_000_000
START_SECONDS = 8
MOST_START_SECONDS = 120
PASSPHRASE = "three horses and a tram"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.requirement("R15")
def test_the_program_finds_itself_sound(program: Path, bare: dict[str, str]) -> None:
    finished = run(program, bare, "self-test")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "FAILED" not in finished.stdout
    assert "process of its own" in finished.stdout


@pytest.mark.requirement("R15")
def test_the_program_grades_a_folder(program: Path, bare: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "Ergebnisse Größe"
    finished = run(
        program,
        bare,
        "grade",
        str(SAMPLES),
        "--out",
        str(out),
        "--format",
        "csv,json,pdf,png",
        "--identity",
        "patient",
    )
    assert finished.returncode == 0, finished.stderr
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    graded = {Path(row["file"]).name for row in rows if row["grade"]}
    assert {f"grade{grade}.png" for grade in range(5)} <= graded
    assert (out / "grade0.pdf").read_bytes().startswith(b"%PDF")
    assert (out / "grade4.png").read_bytes().startswith(b"\x89PNG")


def test_the_program_knows_its_version_and_refuses_wrong_usage(
    program: Path, bare: dict[str, str]
) -> None:
    said = run(program, bare, "--version")
    assert (said.returncode, said.stdout.split()[0]) == (0, "koa-desktop")
    assert said.stdout.split()[1][0].isdigit()
    assert run(program, bare, "grade").returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="finds the user's folder by its variable")
def test_the_program_opens_a_case_list_that_has_a_passphrase(
    program: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "koa-desktop" / "cases.sqlite"
    ReadingStore(path).save("1" * 64, Reading(comment="kept"), [], Circumstances("reader"))
    change.change(path, keys.derived(PASSPHRASE), lambda: None)
    keys.forget()
    bare = {**bare, "XDG_DATA_HOME": str(tmp_path)}
    opened = run(program, {**bare, "KOA_PASSPHRASE": PASSPHRASE}, "audit")
    assert opened.returncode == 0, opened.stderr
    assert "Films checked: 1" in opened.stdout
    refused = run(program, {**bare, "KOA_PASSPHRASE": "a wrong one"}, "audit")
    assert refused.returncode == 3, refused.stderr


def test_the_window_opens_and_stays(program: Path, bare: dict[str, str], tmp_path: Path) -> None:
    bare = {**bare, "QT_QPA_PLATFORM": "offscreen"}
    bare |= {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    said = tmp_path / "said.txt"
    with said.open("wb") as stream:
        window = subprocess.Popen(
            [str(program), str(SAMPLES / "grade2.png")], env=bare, stdout=stream, stderr=stream
        )
        time.sleep(START_SECONDS)
        status = window.poll()
        window.terminate()
        window.wait(30)
    text = said.read_text(errors="replace")
    assert status is None, text
    assert "Traceback" not in text


@pytest.mark.skipif(sys.platform != "linux", reason="finds the settings by a variable")
def test_the_program_answers_where_its_network_is_on(
    program: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    port, films = free_port(), tmp_path / "films"
    films.mkdir()
    settings = tmp_path / "KOA Desktop" / "KOA Desktop.conf"
    settings.parent.mkdir()
    settings.write_text(
        f"[General]\nnetwork_on=yes\nreceive_on=yes\nreceive_port={port}\nwatched_folder={films}\n"
    )
    bare = {**bare, "QT_QPA_PLATFORM": "offscreen"}
    bare |= {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    window = subprocess.Popen([str(program)], env=bare)
    try:
        for _ in range(MOST_START_SECONDS):
            time.sleep(1)
            assert window.poll() is None
            with suppress(NetworkError):
                echo(Node("window", "KOA_DESKTOP", "127.0.0.1", port), "TEST")
                return
        raise AssertionError("The program does not answer.")
    finally:
        window.terminate()
        window.wait(30)


def test_the_folder_is_not_blown_up(program: Path) -> None:
    folder = program.parent
    if folder.name == "MacOS":  # macOS keeps the rest beside this folder
        folder = folder.parent
    files = [file for file in folder.rglob("*") if file.is_file()]
    video = any(file.name.startswith("libavcodec") for file in files)
    released = MOST_BYTES_WINDOWS if sys.platform == "win32" else MOST_BYTES_RELEASED
    most = MOST_BYTES if video else released
    assert sum(file.stat().st_size for file in files if not file.is_symlink()) < most
    icu = [file for file in files if file.name.startswith("libicudata")]
    assert all(file.stat().st_size < MOST_BYTES_ICU for file in icu)
    unwanted = ("tensorflow", "Qt6Network", "Qt6Qml", "Qt6Quick", "Qt6Pdf", "qtvirtualkeyboard")
    unwanted += ("qgtk3", "libcups.so", "_avif")
    assert not [file.name for file in files if any(name in file.name for name in unwanted)]
