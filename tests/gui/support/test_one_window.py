"""A later start hands its files to the window that is open."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import Pipe
from multiprocessing.connection import Client
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.support import one_window
from koa_desktop.gui.support.one_window import OneWindow

Make = Callable[[], OneWindow]


@pytest.fixture
def make(app: QApplication, tmp_path: Path) -> Iterator[Make]:
    made: list[OneWindow] = []

    def another() -> OneWindow:
        made.append(OneWindow(tmp_path / "data"))
        return made[-1]

    yield another
    for one in made:
        one.close()


def handed_over(one: OneWindow, files: list[Path], wait_until: Callable[..., None]) -> bool:
    """Hand files over while this thread's event loop runs, as two programs would."""
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(one.hand_over(files)), daemon=True)
    thread.start()
    wait_until(lambda: results)
    return results[0]


def opened(make: Make) -> tuple[OneWindow, list[Path]]:
    """Return the program whose window is open, and the files that later starts hand it."""
    first, taken = make(), []
    assert not first.hand_over([])
    first.wanted.connect(taken.extend)
    first.start()
    return first, taken


def test_a_second_start_hands_over_its_files(make: Make, wait_until, monkeypatch, tmp_path) -> None:
    _, taken = opened(make)
    monkeypatch.chdir(tmp_path)
    names = [Path("knee.dcm"), tmp_path / "Müller <b>.png", Path("odd-\udcff.dcm")]
    assert handed_over(make(), names, wait_until)
    assert taken == [path.absolute() for path in names]
    assert handed_over(make(), [], wait_until)
    assert len(taken) == 3


def test_files_wait_for_a_window_that_is_still_opening(make: Make, wait_until) -> None:
    first, taken = make(), []
    assert not first.hand_over([])
    results: list[bool] = []
    file = Path("/films/knee.dcm").absolute()
    second = threading.Thread(target=lambda: results.append(make().hand_over([file])), daemon=True)
    second.start()
    first.wanted.connect(taken.extend)
    first.start()
    wait_until(lambda: results == [True])
    assert taken == [file]


def test_after_the_first_has_ended_the_next_is_the_first(make: Make, wait_until) -> None:
    first, _ = opened(make)
    first.close()
    _, taken = opened(make)
    assert handed_over(make(), [Path("a.png")], wait_until)
    assert len(taken) == 1


def test_what_a_killed_program_left_is_no_window(make: Make, tmp_path: Path, wait_until) -> None:
    first, _ = opened(make)
    (left,) = (tmp_path / "data").glob("window-*.lock")
    entry = left.read_bytes()
    first.close()
    left.write_bytes(entry)
    if os.name == "posix":
        # A socket to which nobody listens any more.
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(json.loads(entry)["address"])
    _, taken = opened(make)
    assert handed_over(make(), [Path("a.png")], wait_until)
    assert len(taken) == 1


def test_a_window_that_hangs_keeps_nobody_waiting(make: Make, monkeypatch) -> None:
    monkeypatch.setattr(one_window, "_PATIENCE_SECONDS", 0.3)
    opened(make)
    # Its event loop does not run while this waits.
    assert not make().hand_over([Path("a.png")])


@pytest.mark.parametrize(
    "message", [b"", b"{}", b"null", b'{"key": "x", "files": ["a"], "token": ""}', b"\xff" * 999]
)
def test_what_does_not_know_the_key_is_not_heard(
    make: Make, tmp_path: Path, wait_until, message: bytes
) -> None:
    _, taken = opened(make)
    (entry,) = (tmp_path / "data").glob("window-*.lock")
    with Client(json.loads(entry.read_bytes())["address"]) as connection:
        connection.send_bytes(message)
        with pytest.raises((EOFError, OSError)):
            connection.recv_bytes()
    assert handed_over(make(), [Path("b.png")], wait_until)
    assert [path.name for path in taken] == ["b.png"]


def test_a_connection_that_cannot_be_closed_ends_no_listening(
    make: Make, wait_until, monkeypatch, tmp_path: Path
) -> None:
    _, taken = opened(make)
    (entry,) = (tmp_path / "data").glob("window-*.lock")
    failed = threading.Event()
    ends = Pipe()
    for end in ends:
        end.close()

    def fails(*_: object) -> None:
        failed.set()
        raise OSError

    with monkeypatch.context() as patched:
        # The window looks this up as soon as it has the connection, so that it is in place before.
        patched.setattr(type(ends[0]), "__exit__", fails)
        with closing(Client(json.loads(entry.read_bytes())["address"])) as connection:
            connection.send_bytes(b"{}")
            assert failed.wait(10)
    assert handed_over(make(), [Path("b.png")], wait_until)
    assert [path.name for path in taken] == ["b.png"]


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps them by the folder's access list")
def test_address_and_key_are_for_their_owner(make: Make, tmp_path: Path) -> None:
    opened(make)
    (entry,) = (tmp_path / "data").glob("window-*.lock")
    assert entry.stat().st_mode & 0o777 == 0o600
    address = Path(json.loads(entry.read_bytes())["address"])
    assert address.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_used_ends_no_start(app: QApplication, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    alone = OneWindow(tmp_path / "file" / "data")
    assert not alone.hand_over([Path("a.png")])
    alone.start()
    alone.close()
