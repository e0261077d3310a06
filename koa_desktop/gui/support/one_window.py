"""One window for a user's screen: a later start hands its files to it.

The first program locks a file in the user's data folder and listens at a Unix domain socket, on
Windows at a named pipe: never on the network. The address and a random key are in the locked file,
which its owner alone can read. The lock ends with its process, so that nothing is left to clean up.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from koa_desktop.system import private
from koa_desktop.system.file_lock import lock
from koa_desktop.system.log import logger

_LOG = logger(__name__)
_PATIENCE_SECONDS = 10.0  # the first window may still be starting
_PAUSE_SECONDS = 0.1
_MOST_BYTES = 2**20
_TAKEN = b"taken"
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105  # Wayland's, to let another window come forward


@dataclass(frozen=True, slots=True)
class _Request:
    """Files of a later start; `taken` is set when the window has them."""

    files: tuple[Path, ...]
    token: str
    taken: threading.Event = field(default_factory=threading.Event)


class OneWindow(QObject):
    """Hands files to the window that is open, or takes those of later starts."""

    wanted = Signal(object)  # paths; the window is to come forward
    _requested = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        """Meet other programs of this user in `folder`."""
        super().__init__(parent)
        self._folder = folder
        self._lock = -1
        self._key = ""
        self._listener: Listener | None = None
        self._requested.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def hand_over(self, files: Sequence[Path]) -> bool:
        """Hand files to the window that is open. False where there is none: this is the first.

        False, too, where the open window does not answer within ten seconds.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                if self._claim():
                    return False
            except OSError as error:
                _LOG.error("The window cannot be found by later starts.", exc_info=error)
                return False
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self._sent(files, left):
                return True
            time.sleep(_PAUSE_SECONDS)

    def start(self) -> None:
        """Take the files of later starts from now on; `wanted` is to be connected before."""
        if self._listener is not None:
            thread = threading.Thread(target=self._serve, name="later starts", daemon=True)
            thread.start()

    def close(self) -> None:
        """Let the next start be the first."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.close()
            self._listener = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # -- the first program ---------------------------------------------------------------------

    def _claim(self) -> bool:
        """Become the first program; false where another one is. Raises OSError."""
        private.make_folder(self._folder)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, private.FILE_MODE)
        if not lock(descriptor):
            os.close(descriptor)
            return False
        self._lock, self._key = descriptor, secrets.token_hex(16)
        try:
            self._listener = self._listening()
            entry = {"address": self._listener.address, "key": self._key}
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(entry).encode("ascii"))
        except OSError:
            self.close()
            raise
        return True

    def _listening(self) -> Listener:
        if sys.platform == "win32":
            return Listener(rf"\\.\pipe\koa-desktop-{secrets.token_hex(16)}", "AF_PIPE")
        path = self._path.with_suffix(".socket")
        # The process that left it here has ended: its lock is this one's.
        path.unlink(missing_ok=True)
        try:
            return Listener(str(path), "AF_UNIX")
        except OSError:
            # The path of a socket may have about 100 characters.
            return Listener(str(Path(tempfile.mkdtemp(prefix="koa-desktop-")) / "s"), "AF_UNIX")

    def _serve(self) -> None:
        listener = self._listener
        while listener is not None and self._listener is listener:
            try:
                connection = listener.accept()
            except (OSError, EOFError):
                # Closed, or a start that ended at once.
                time.sleep(_PAUSE_SECONDS)
                continue
            # Closing may fail, too: later starts are to be heard all the same.
            with suppress(OSError, EOFError, ValueError, KeyError, TypeError), connection:
                self._answer(connection)

    def _answer(self, connection: Connection) -> None:
        if not connection.poll(_PATIENCE_SECONDS):
            return
        message = json.loads(connection.recv_bytes(_MOST_BYTES))
        if not hmac.compare_digest(str(message["key"]), self._key):
            return
        request = _Request(tuple(map(Path, message["files"])), str(message["token"]))
        self._requested.emit(request)
        # A window that hangs has not taken them: then the other program opens its own.
        if request.taken.wait(_PATIENCE_SECONDS):
            connection.send_bytes(_TAKEN)

    @Slot(object)
    def _take(self, request: _Request) -> None:
        if request.token:
            os.environ[_TOKEN] = request.token
        self.wanted.emit(request.files)
        request.taken.set()

    # -- a later one ---------------------------------------------------------------------------

    def _sent(self, files: Sequence[Path], seconds: float) -> bool:
        """Send files to the first program; true where its window has taken them."""
        taken = threading.Event()
        message = {
            "files": [str(path.absolute()) for path in files],
            "token": os.environ.get(_TOKEN, ""),
        }

        def send() -> None:
            with suppress(OSError, EOFError, ValueError, KeyError, TypeError):
                entry = json.loads(self._path.read_bytes())
                with Client(entry["address"]) as connection:
                    _let_come_forward()
                    text = json.dumps({**message, "key": entry["key"]})
                    connection.send_bytes(text.encode("ascii"))
                    if connection.poll(seconds) and connection.recv_bytes() == _TAKEN:
                        taken.set()

        # Connecting to a program that hangs has no time limit of its own.
        thread = threading.Thread(target=send, name="first window", daemon=True)
        thread.start()
        thread.join(seconds)
        return taken.is_set()

    @property
    def _path(self) -> Path:
        return self._folder / f"window-{_screen()}.lock"


def _screen() -> str:
    """Return a code of this computer and screen: a window elsewhere would not be seen here."""
    import platform

    if sys.platform == "win32":
        import ctypes

        session = ctypes.c_ulong()
        ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
        screen = str(session.value)
    else:
        screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
    return sha256(f"{platform.node()} {screen}".encode()).hexdigest()[:8]


def _let_come_forward() -> None:
    """Let the first program's window come forward: Windows allows it to this program alone."""
    if sys.platform == "win32":
        import ctypes

        any_process = -1
        ctypes.windll.user32.AllowSetForegroundWindow(any_process)
