"""The audit trail of a case, opened from the window: time, reader and change in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.store import AuditEntry
from koa_desktop.gui.dialogs.audit_trail import AuditTrailDialog
from koa_desktop.message import Message
from tests.support.gui_driver import press
from tests.support.sample_files import knee_crop


def rows_of(dialog: AuditTrailDialog) -> list[list[str]]:
    table = dialog.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_the_readers_changes_are_shown_in_words(window, show, films, wait_until) -> None:
    show(knee_crop(films))
    window.session.reader = "Dr Ågren"
    press(window, Qt.Key.Key_4)
    window.undo()
    window.actions_table["audit"].trigger()
    wait_until(lambda: window.findChild(AuditTrailDialog))
    dialog = window.findChild(AuditTrailDialog)
    assert not dialog.isModal()
    assert dialog.table.editTriggers() == QAbstractItemView.EditTrigger.NoEditTriggers
    rows = rows_of(dialog)
    assert [row[1:] for row in rows] == [
        ["Dr Ågren", "overrule KL 0 with KL 4"],
        ["Dr Ågren", "undo: overrule KL 0 with KL 4"],
    ]
    age = datetime.now() - datetime.strptime(rows[0][0], "%d %b %Y, %H:%M:%S")
    assert abs(age.total_seconds()) < 60
    dialog.close()


def test_words_of_an_earlier_program_are_shown_as_they_are(app) -> None:
    step = Step(Message(Action.MOVE_BOX))
    entries = [AuditEntry("of old", ("take the grade back",), {})]
    entries.append(AuditEntry("2026-01-02T03:04:05+00:00", (step, replace(step, undone=True)), {}))
    dialog = AuditTrailDialog("knee.png", entries)
    assert rows_of(dialog)[0] == ["of old", "", "take the grade back"]
    assert [row[2] for row in rows_of(dialog)[1:]] == ["move a box", "undo: move a box"]


def test_without_a_change_the_dialog_says_so(app) -> None:
    dialog = AuditTrailDialog("knee.png", [])
    assert rows_of(dialog) == []
    dialog.show()
    assert dialog.windowTitle() == "Audit trail of knee.png"
    dialog.close()
