"""The program with its window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QFontInfo, QSessionManager
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.dialogs import crash_report
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import ThreadedTaskRunner
from koa_desktop.gui.style import theme
from koa_desktop.gui.style.plain_text import tell_failure
from koa_desktop.gui.style.window_title import show_names
from koa_desktop.gui.support import crash, translation
from koa_desktop.gui.support.one_window import OneWindow
from koa_desktop.gui.support.settings import Settings
from koa_desktop.message import Message
from koa_desktop.report import pdf
from koa_desktop.report.provenance import program_version
from koa_desktop.system import private
from koa_desktop.system.log import keep_in, logger
from koa_desktop.system.paths import USER_FOLDER, portable_data, user_data, user_logs
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import sentence

NAME = "KOA Desktop"
# Languages whose letters many systems lack.
_OWN_LETTERS = {"hi", "ar"}
_LOG_OFF_SECONDS = 2.0
DONE, NOT_STARTED = 0, 2  # the exit status
_LOG = logger(__name__)


def run(files: Sequence[Path]) -> int:
    """Show the window, add `files` to its list, and return the program's exit status.

    If this user's window is open already, it gets the files, and this program ends.
    """
    application = qt_application()
    logs = user_logs()
    keep_in(logs)
    data = user_data()
    one_window = OneWindow(data, application)
    if one_window.hand_over(files):
        _write(sys.stdout, sentence(CommandLine.HANDED_OVER))
        return DONE
    last_run = crash.LastRun(logs)
    last_run.begin()
    try:
        window = _opened(application, data / "cases.sqlite")
    except Exception:
        _LOG.exception("The window could not be opened.")
        one_window.close()
        last_run.end()
        tell_failed_start(sentence(Message.of(CommandLine.NOT_STARTED, folder=logs)))
        return NOT_STARTED
    # Reading begins when the window has been drawn.
    QTimer.singleShot(0, lambda: _begin(window, files))
    one_window.wanted.connect(lambda paths: _take(window, paths))
    one_window.start()
    if last_run.ended_badly:
        crash_report.offer(last_run.report(program_version()), window).show()
    status = application.exec()
    one_window.close()
    last_run.end()
    return status


def _opened(application: QApplication, case_list: Path) -> MainWindow:
    note = crash.CrashNote(application)
    note.install()
    settings = Settings(private_store(user_settings()))
    speak(application, settings.language or translation.system_language())
    window = build(application, settings, case_list)
    note.happened.connect(window.report_crash)
    application.commitDataRequest.connect(lambda manager: save_before_log_off(window, manager))
    window.show()
    window.lock.lock_at_start()
    return window


def speak(application: QApplication, name: str) -> None:
    """Have the window speak a language of the program, in letters that no system need have."""
    translation.load(application, name)
    if name in _OWN_LETTERS:
        application.setFont(pdf.with_all_letters(application.font()))


def save_before_log_off(window: MainWindow, manager: QSessionManager) -> None:
    """Save the reader's work when the user logs off.

    The user stays logged on where that fails, or an export is under way.
    """
    window.panel.finish()
    window.dictations.finish()
    session = window.session
    is_done = session.saver.finish(_LOG_OFF_SECONDS) and not session.exporting.is_busy
    if not is_done and manager.allowsInteraction():
        manager.cancel()


def tell_failed_start(text: str) -> None:
    """Say in a dialog and on stderr why there is no window."""
    _write(sys.stderr, text)
    tell_failure(NAME, text)


def _write(stream: TextIO | None, text: str) -> None:
    """Write a line; a windowed program has no streams, and nobody may read them."""
    if stream is not None:
        with suppress(OSError):
            stream.write(f"{text}\n")
            stream.flush()


def user_settings() -> QSettings:
    """Return the user's settings, in the folder of a portable program where it has one."""
    portable = portable_data()
    if portable is None:
        return QSettings()
    return QSettings(str(portable / "settings.ini"), QSettings.Format.IniFormat)


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
    if window.settings.list_kept:
        window.session.kept.restore()
    window.open_files(list(files))
    window.session.warm_up()
    window.opener.watch()


def _take(window: MainWindow, files: Sequence[Path]) -> None:
    """Bring the window forward, and add the files of a later start."""
    minimised = Qt.WindowState.WindowMinimized
    window.setWindowState(window.windowState() & ~minimised | Qt.WindowState.WindowActive)
    window.show()
    window.raise_()
    window.activateWindow()
    window.open_files(list(files))


def build(application: QApplication, settings: Settings, case_list: Path | None) -> MainWindow:
    """Return the window, dressed but not shown; the reader's work is kept in `case_list`."""
    show_names(settings.names_in_titles)
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
    keep_font(application)
    application.setApplicationName(NAME)
    application.setOrganizationName(NAME)
    application.setDesktopFileName(USER_FOLDER)
    return application


def keep_font(application: QApplication) -> None:
    """Name the font that the system's generic one stands for.

    Once a report loads its own fonts, Qt would take those for the generic one, and the texts of an
    open window would no longer fit their places.
    """
    font = application.font()
    font.setFamily(QFontInfo(font).family())
    application.setFont(font)
