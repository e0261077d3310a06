"""A window made ready for pictures: own settings, the samples graded, one knee agreed on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from koa_desktop.gui import app
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.support.settings import Settings, Theme
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.language import ENGLISH

FILM = "bilateral.dcm"
PATIENCE_S = 180


def rest(milliseconds: int) -> None:
    # QTest.qWait would keep the interpreter from the worker threads.
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(done: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > end:
            raise TimeoutError
        rest(20)
    rest(100)


@contextmanager
def staged(
    theme: str, width: int, height: int, language: str = ENGLISH
) -> Iterator[tuple[MainWindow, Path]]:
    """Yield a window of a theme and size, and the folder of its settings, which goes with it."""
    application = app.qt_application()
    if language != ENGLISH:
        app.speak(application, language)
    with TemporaryDirectory() as own:
        settings = Settings(QSettings(f"{own}/settings.ini", QSettings.Format.IniFormat))
        settings.theme = Theme(theme)
        window = app.build(application, settings, Path(own) / "cases.sqlite")
        window.resize(width, height)
        window.show()
        yield window, Path(own)
        window.close()


def samples() -> list[Path]:
    """Return the files of the samples."""
    listed = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))["samples"]
    return [SAMPLES / sample["file"] for sample in listed]


def read_one_knee(window: MainWindow) -> None:
    """Have the reader agree on the second knee of the shown film, and write a comment."""
    window.editor.choose(1)
    window.editor.agree()
    window.editor.choose(0)
    window.panel.comment.setPlainText("Joint space narrowed, small osteophytes.")
    window.panel.comment.finish()
    window.panel.show_reader("Dr Example")
