"""Help > About: the version, and where this computer keeps what belongs to the program."""

from PySide6.QtWidgets import QDialog, QTextBrowser

from koa_desktop.report.provenance import program_version
from koa_desktop.system.paths import HOME, user_data, user_logs


def test_about_names_version_and_folders(window, wait_until):
    window.actions_table["about"].trigger()
    wait_until(lambda: window.findChild(QDialog, "help"))
    text = window.findChild(QDialog, "help").findChild(QTextBrowser).toPlainText()
    assert program_version() in text
    for folder in (user_data(), user_logs(), HOME):
        assert str(folder) in text
