"""The program with its window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QFontInfo, QSessionManager
from PySide6.QtWidgets import QApplication

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import database, keys
from koa_desktop.gui.application import Application
from koa_desktop.gui.main_window import FIRST_SIZE, MainWindow
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import ThreadedTaskRunner
from koa_desktop.gui.style import theme
from koa_desktop.gui.style.icons import application_icon
from koa_desktop.gui.style.plain_text import tell_failure
from koa_desktop.gui.style.window_title import show_names
from koa_desktop.gui.support import crash, translation
from koa_desktop.gui.support.garbage import collect_in_this_thread
from koa_desktop.gui.support.one_window import OneWindow
from koa_desktop.gui.support.settings import Settings
from koa_desktop.message import Code, Message
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
    later = _LaterFiles(files)
    application.wanted.connect(later.take)
    logs = user_logs()
    keep_in(logs)
    data = user_data()
    one_window = OneWindow(data, application)
    if one_window.hand_over(files):
        _write(sys.stdout, sentence(CommandLine.HANDED_OVER))
        return DONE
    last_run = crash.LastRun(logs)
    last_run.begin()
    one_window.wanted.connect(later.take)
    one_window.start()
    problem: Message | Code | None = None
    try:
        window = _opened(application, data / "cases.sqlite")
    except StoreError as error:
        window, problem = None, error.message
    except Exception:
        _LOG.exception("The window could not be opened.")
        window, problem = None, Message.of(CommandLine.NOT_STARTED, folder=logs)
    if window is None:
        one_window.close()
        last_run.end()
        if problem is None:  # the passphrase was not given
            return DONE
        tell_failed_start(sentence(problem))
        return NOT_STARTED
    collect_in_this_thread(window)
    # Reading begins when the window has been drawn.
    QTimer.singleShot(0, lambda: _begin(window, later))
    if last_run.ended_badly:
        from koa_desktop.gui.dialogs import crash_report
        from koa_desktop.report.provenance import program_version

        crash_report.offer(last_run.report(program_version()), window).show()
    status = application.exec()
    one_window.close()
    last_run.end()
    return status


class _LaterFiles:
    """The files of this start, of later ones and of Finder, kept until the window is there."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)
        self.window: MainWindow | None = None

    def take(self, files: Sequence[Path]) -> None:
        """Take the files of a later start, and bring what is shown forward."""
        if self.window is not None:
            _take(self.window, files)
            return
        self.files += files
        for dialog in QApplication.topLevelWidgets():
            if dialog.isVisible():
                dialog.raise_()
                dialog.activateWindow()


def _opened(application: QApplication, case_list: Path) -> MainWindow | None:
    """Return the window; None where the reader does not give the passphrase of the case list.

    Raises StoreError where this build cannot open such a list.
    """
    note = crash.CrashNote(application)
    note.install()
    settings = Settings(private_store(user_settings()))
    speak(application, settings.language or translation.system_language())
    if database.is_locked(case_list) and not _unlocked(application, settings, case_list):
        return None
    if keys.used() is not None:
        settings.remember_recent(wanted=False)
    window = build(application, settings, case_list)
    note.happened.connect(window.report_crash)
    application.commitDataRequest.connect(lambda manager: save_before_log_off(window, manager))
    show_first(window)
    window.lock.lock_at_start()
    return window


def show_first(window: MainWindow) -> None:
    """Show the window as it was left, or, at the first start on a small screen, maximised."""
    was_left = not window.settings.state("window").isEmpty()
    if was_left or window.size() == FIRST_SIZE:
        window.show()
    else:
        window.showMaximized()


def _unlocked(application: QApplication, settings: Settings, case_list: Path) -> bool:
    """Ask for the passphrase of the case list. Raises StoreError (NO_CIPHER)."""
    if not database.is_available():
        raise StoreError(StoreReason.NO_CIPHER)
    theme.apply(application, settings.theme)
    text = QApplication.translate("App", "The case list has a passphrase.")
    from koa_desktop.gui.dialogs.passphrase.ask import AskPassphrase

    dialog = AskPassphrase(text, partial(backup.unlock, case_list))
    dialog.setWindowIcon(application_icon())
    # The window is yet to come when this one is closed.
    quits = application.quitOnLastWindowClosed()
    application.setQuitOnLastWindowClosed(False)
    is_right = dialog.exec() == AskPassphrase.DialogCode.Accepted
    application.setQuitOnLastWindowClosed(quits)
    return is_right


def speak(application: QApplication, name: str) -> None:
    """Have the window speak a language of the program, in letters that no system need have."""
    translation.load(application, name)
    if name in _OWN_LETTERS:
        from koa_desktop.report.pdf import with_all_letters

        application.setFont(with_all_letters(application.font()))


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


def _begin(window: MainWindow, later: _LaterFiles) -> None:
    if window.settings.list_kept:
        window.session.kept.restore()
    later.window = window
    window.open_files(later.files)
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


def qt_application() -> Application:
    """Return Qt's application, made where there is none yet, with the program's style and name."""
    found = QApplication.instance()
    application = found if isinstance(found, Application) else Application(sys.argv[:1])
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
