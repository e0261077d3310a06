"""The process that reads foreign files: checked, bounded, stopped, and replaced where it ends."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from koa_desktop.errors import ReadError
from koa_desktop.loading import child, reading_process
from koa_desktop.loading.read import radiograph
from koa_desktop.loading.read import read as read_here
from koa_desktop.loading.reader import header_rows, read
from koa_desktop.loading.wanted import Fault
from koa_desktop.system import incoming, shared_block
from tests.support.raising import raises
from tests.support.slow_reading import SlowShare, needs_signals

ROOT = Path(__file__).parents[2]
FILES = Path(pydicom.__file__).parent / "data" / "test_files"
COMPRESSED = FILES / "MR_small_RLE.dcm"


@pytest.mark.parametrize(
    "path",
    [
        COMPRESSED,
        FILES / "CT_small.dcm",
        FILES / "JPEG-lossy.dcm",
        FILES / "JPGExtended.dcm",
        FILES / "MR_small_jpeg_ls_lossless.dcm",
        FILES / "MR_small_jp2klossless.dcm",
        ROOT / "resources" / "samples" / "bilateral.dcm",
        *sorted((ROOT / "resources" / "samples").glob("*.png")),
    ],
    ids=lambda path: path.name,
)
def test_a_file_read_beside_the_program_is_the_same(path):
    there, here = read(path), read_here(path)
    assert (there.info, there.window) == (here.info, here.window)
    assert there.values.dtype == here.values.dtype
    np.testing.assert_array_equal(there.values, here.values)


@pytest.mark.parametrize(
    "path", [*FILES.glob("*.dcm"), *FILES.glob("*/*.dcm")], ids=lambda path: path.name
)
def test_a_view_of_memory_is_read_as_bytes_are(path):
    data = path.read_bytes()
    found = []
    for given in (data, memoryview(data)):
        try:
            film = radiograph(given)
        except ReadError as error:
            found.append(error.message)
        else:
            found.append((film.info, film.window, film.values.dtype, film.values.tobytes()))
    assert found[0] == found[1]


def test_pixels_outlive_the_process_that_made_them(only_process):
    values = read(COMPRESSED).values
    whole = values.copy()
    only_process.end()
    np.testing.assert_array_equal(values, whole)


def test_threads_do_not_mix_their_files():
    names = ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "CT_small.dcm"]
    wanted = {name: read_here(FILES / name).values for name in names}
    found: list[tuple[str, np.ndarray]] = []

    def run(name: str) -> None:
        for _ in range(3):
            found.append((name, read(FILES / name).values))  # noqa: PERF401

    threads = [threading.Thread(target=run, args=(name,)) for name in names * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 18
    assert all(np.array_equal(values, wanted[name]) for name, values in found)


def test_a_process_that_dies_is_one_refusal_and_is_replaced(only_process, monkeypatch):
    # It dies between being found alive and answering.
    monkeypatch.setattr(only_process.process, "is_alive", lambda: True)
    only_process.process.kill()
    only_process.process.join(10)
    with raises(ReadError, match="made the reading process fail"):
        read(COMPRESSED)
    assert read(COMPRESSED).width == 64
    assert only_process not in reading_process.idle


def test_a_process_killed_while_idle_is_replaced_unnoticed(only_process):
    only_process.process.kill()
    only_process.process.join(10)
    assert read(COMPRESSED).width == 64


def test_a_process_that_starts_too_slowly_is_one_refusal(only_process, monkeypatch):
    only_process.process.kill()
    only_process.process.join(10)
    monkeypatch.setattr(reading_process, "START_SECONDS", 0.01)
    with raises(ReadError, match="cannot be started"):
        read(COMPRESSED)
    monkeypatch.undo()
    assert read(COMPRESSED).width == 64


@needs_signals
def test_a_file_that_takes_too_long_is_refused(halted, monkeypatch):
    monkeypatch.setattr(reading_process, "LEAST_SECONDS", 0.5)
    monkeypatch.setattr(reading_process, "MEGAPIXELS_A_SECOND", 1e9)
    with raises(ReadError, match="too long"):
        read(COMPRESSED)
    assert not halted.process.is_alive()
    monkeypatch.undo()
    assert read(COMPRESSED).width == 64


def test_reading_from_a_slow_share_is_stopped_at_once(only_process, monkeypatch):
    share = SlowShare(monkeypatch)
    stopped = threading.Event()

    def stop_once_begun() -> None:
        share.is_read.wait(30)
        stopped.set()

    threading.Thread(target=stop_once_begun).start()
    begun = time.monotonic()
    with raises(ReadError, match="stopped"):
        read(COMPRESSED, stopped)
    assert share.is_read.is_set()
    assert time.monotonic() - begun < 6


@pytest.fixture
def silent_share(monkeypatch):
    share = SlowShare(monkeypatch, is_silent=True)
    yield share
    share.is_fast.set()


def test_a_share_that_does_not_answer_holds_up_one_file(only_process, silent_share, monkeypatch):
    monkeypatch.setattr(incoming, "SILENT_SECONDS", 0.3)
    with raises(ReadError, match="does not answer"):
        read(COMPRESSED)
    assert silent_share.is_read.is_set()
    silent_share.is_fast.set()
    assert read(COMPRESSED).width == 64
    assert only_process in reading_process.idle


def test_reading_from_a_silent_share_is_stopped_at_once(only_process, silent_share):
    stopped = threading.Event()
    threading.Timer(0.3, stopped.set).start()
    with raises(ReadError, match="stopped"):
        read(COMPRESSED, stopped)
    assert only_process in reading_process.idle


def test_a_film_from_a_slow_share_is_the_same(monkeypatch):
    share = SlowShare(monkeypatch)
    threading.Timer(0.3, share.is_fast.set).start()
    np.testing.assert_array_equal(read(COMPRESSED).values, read_here(COMPRESSED).values)


@needs_signals
@pytest.mark.parametrize("wanted", [read, header_rows])
def test_reading_is_stopped_at_once(halted, wanted):
    known = replace(read_here(FILES / "CT_small.dcm").info, path=COMPRESSED, sha256="")
    stopped = threading.Event()
    threading.Timer(0.3, stopped.set).start()
    with raises(ReadError, match="stopped"):
        wanted(COMPRESSED if wanted is read else known, stopped)
    assert not halted.process.is_alive()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux enforces the limit")
def test_memory_and_files_are_limited(tmp_path):
    code = (
        "import sys; from koa_desktop.system import confinement as c\n"
        "c.confine(); c.bound_task(50_000_000, 60)\n"
        "bytearray(10_000_000)\n"
        "try: bytearray(60_000_000)\n"
        "except MemoryError: pass\n"
        "else: sys.exit(2)\n"
        f"try: open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')\n"
        "except OSError: sys.exit(0)\n"
        "sys.exit(3)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_process_has_neither_window_nor_networks():
    code = (
        "import sys; from koa_desktop.loading import child; child._load(); "
        "print([m for m in ('PySide6', 'ai_edge_litert', 'koa_desktop.gui', 'koa_desktop.networks')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


class _Faulty:
    """Stands for a decoder with a mistake in it."""

    def __call__(self, *_: object) -> None:
        raise KeyError("Doe^John")


def test_a_mistake_of_the_program_is_told_without_the_files_text(monkeypatch):
    monkeypatch.setattr(child, "_read", _Faulty())
    answer, values = child._answer(child.Wanted.RADIOGRAPH, b"x")
    assert isinstance(answer, Fault)
    assert values is None
    assert "KeyError" in answer.trace
    assert "Doe" not in answer.trace


def test_memory_is_used_again_and_grows_and_is_freed_where_it_is_large(only_process, monkeypatch):
    small, larger = FILES / "MR_small_RLE.dcm", FILES / "CT_small.dcm"
    for path in (small, larger, small, larger):
        np.testing.assert_array_equal(read(path).values, read_here(path).values)
    handles = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    monkeypatch.setattr(shared_block, "_KEPT_BYTES", 0)
    for path in (larger, small, larger):
        np.testing.assert_array_equal(read(path).values, read_here(path).values)
    if sys.platform == "linux":
        assert len(list(Path("/proc/self/fd").iterdir())) < handles
    assert reading_process.idle == [only_process]


def test_memory_that_was_freed_is_made_anew(only_process):
    wanted = read_here(COMPRESSED).values
    for _ in range(2):
        np.testing.assert_array_equal(read(COMPRESSED).values, wanted)
        only_process.free_memory()
    assert reading_process.idle == [only_process]
    if sys.platform == "linux":
        _wait_until(lambda: not _shared_blocks(only_process))


def test_a_while_after_a_film_one_process_is_left_without_its_memory(only_process, monkeypatch):
    monkeypatch.setattr(reading_process, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(reading_process, "_tidier", reading_process._Tidier())
    surplus = reading_process.ReadingProcess()
    reading_process.idle.append(surplus)
    freed = threading.Event()
    monkeypatch.setattr(only_process, "free_memory", freed.set)
    read(COMPRESSED)
    assert reading_process.idle == [only_process, surplus]
    assert freed.wait(30)
    _wait_until(lambda: not surplus.process.is_alive())
    assert reading_process.idle == [only_process]
    assert only_process.process.is_alive()


def _shared_blocks(process: reading_process.ReadingProcess) -> int:
    """Return the number of blocks that this process and the reading one have."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in ("self", process.process.pid)]
    return sum(text.count("/memfd:koa-desktop") for text in maps)


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("count", "seconds", "megabytes"), [(56, 5, 400), (1_000_000, 15, 1400), (24_000_000, 17, 4295)]
)
def test_time_and_memory_go_by_what_a_file_can_hold(count, seconds, megabytes):
    request = reading_process.request_for(child.Wanted.RADIOGRAPH, count)
    assert request.seconds == pytest.approx(seconds, abs=0.1)
    assert request.memory / 1e6 == pytest.approx(megabytes, abs=1)
