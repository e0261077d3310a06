"""What the export dialog asks before it writes: a folder, files that are there, too little room."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from koa_desktop.gui.style.plain_text import confirmed, notice
from koa_desktop.wording.language import counted
from koa_desktop.wording.sentences import shortened

translate = QCoreApplication.translate


class Answer(Enum):
    """What to do where the disk has too little room."""

    GO_ON = auto()
    OTHER_FOLDER = auto()
    CANCEL = auto()


def may_create(dialog: QWidget, folder: Path) -> bool:
    """Ask whether a folder may be made."""
    text = translate("Export", "There is no folder {0} yet. Create it?").format(
        shortened(str(folder))
    )
    return confirmed(dialog, dialog.windowTitle(), text)


def may_overwrite(dialog: QWidget, existing: Sequence[Path]) -> bool:
    """Ask whether files may be replaced."""
    text = translate("Export", "{0} already exists. Replace it?").format(existing[0].name)
    if len(existing) > 1:
        text = counted(
            "1 file already exists. Replace it?",
            "{0} files already exist. Replace them?",
            len(existing),
        )
    return confirmed(dialog, dialog.windowTitle(), text)


def ask_for_room(dialog: QWidget, shortage: str) -> Answer:
    """Say that the disk has too little room, and ask what to do; Return chooses a folder."""
    box = notice(dialog, dialog.windowTitle(), shortage)
    box.setIcon(QMessageBox.Icon.Warning)
    go_on = box.addButton(
        translate("Export", "Export anyway"), QMessageBox.ButtonRole.DestructiveRole
    )
    other = box.addButton(
        translate("Export", "Choose another folder…"), QMessageBox.ButtonRole.AcceptRole
    )
    box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.setDefaultButton(other)
    box.exec()
    box.deleteLater()
    pressed = box.clickedButton()
    if pressed is go_on:
        return Answer.GO_ON
    return Answer.OTHER_FOLDER if pressed is other else Answer.CANCEL
