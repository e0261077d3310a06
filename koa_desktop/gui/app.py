"""The program with its window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLocale, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import ThreadedTaskRunner
from koa_desktop.gui.style import theme
from koa_desktop.gui.style.plain_text import tell_failure
from koa_desktop.gui.support import crash, translation
from koa_desktop.gui.support.settings import Settings
from koa_desktop.message import Message
from koa_desktop.system import private
from koa_desktop.system.log import keep_in, logger
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import sentence

NAME = "KOA Desktop"
_FOLDER = "koa-desktop"
NOT_STARTED = 2  # the exit status
_LOG = logger(__name__)


def run(files: Sequence[Path]) -> int:
    """Show the window, add `files` to its list, and return the program's exit status."""
    application = qt_application()
    logs = Path(platformdirs.user_log_dir(_FOLDER, appauthor=False))
    keep_in(logs)
    try:
        window = _opened(application)
    except Exception:
        _LOG.exception("The window could not be opened.")
        tell_failed_start(sentence(Message.of(CommandLine.NOT_STARTED, folder=logs)))
        return NOT_STARTED
    # Reading begins when the window has been drawn.
    QTimer.singleShot(0, lambda: _begin(window, files))
    return application.exec()


def _opened(application: QApplication) -> MainWindow:
    note = crash.CrashNote(application)
    note.install()
    translation.load(application, QLocale.system())
    settings = Settings(private_store(QSettings()))
    case_list = Path(platformdirs.user_data_dir(_FOLDER, appauthor=False)) / "cases.sqlite"
    window = build(application, settings, case_list)
    note.happened.connect(window.report_crash)
    window.show()
    return window


def tell_failed_start(text: str) -> None:
    """Say in a dialog and on stderr why there is no window."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
    tell_failure(NAME, text)


def private_store(store: QSettings) -> QSettings:
    """Return `store` with its file, where it has one of its own, readable to its owner alone."""
    path = Path(store.fileName())
    # Windows' registry and macOS' preferences belong to the user as they are.
    if sys.platform not in ("win32", "darwin") or store.format() is QSettings.Format.IniFormat:
        with suppress(OSError):
            private.make_folder(path.parent)
            # Qt keeps the mode of a file that is there.
            private.make_file(path)
    return store


def _begin(window: MainWindow, files: Sequence[Path]) -> None:
    window.open_files(list(files))
    window.session.warm_up()


def build(application: QApplication, settings: Settings, case_list: Path | None) -> MainWindow:
    """Return the window, dressed but not shown; the reader's work is kept in `case_list`."""
    theme.apply(application, settings.theme)
    runner = ThreadedTaskRunner()
    session = Session(runner, Services(case_list))
    window = MainWindow(session, settings)
    runner.setParent(window)
    session.setParent(window)

    def dress() -> None:
        theme.apply(application, settings.theme)
        window.theme_changed()

    window.theme_wanted.connect(dress)
    # By the window's own signal, which ends with it: `dress` would keep a closed window for good.
    application.styleHints().colorSchemeChanged.connect(window.theme_wanted)
    return window


def qt_application() -> QApplication:
    """Return Qt's application, made where there is none yet, with the program's style and name."""
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    application.setApplicationName(NAME)
    application.setOrganizationName(NAME)
    application.setDesktopFileName(_FOLDER)
    return application
