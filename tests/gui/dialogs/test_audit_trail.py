"""The audit trail of a case, opened from the window: time, reader and change in words."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFileDialog

from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.decision import Obstacle
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.store import AuditEntry
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.gui.dialogs.audit_trail import AuditTrailDialog
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.imaging.masks import Mask
from koa_desktop.joint_space.editing import dragged, handles
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from tests.support.gui_driver import click, press, texts
from tests.support.sample_files import knee_crop, measurable_film


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
    assert [[row[0], *row[2:]] for row in rows] == [
        ["1", "Dr Ågren", "overrule KL 0 with KL 4"],
        ["2", "Dr Ågren", "undo: overrule KL 0 with KL 4"],
    ]
    assert dialog.note.text().startswith("Nothing was changed outside this program.")
    age = datetime.now() - datetime.strptime(rows[0][1], "%d %b %Y, %H:%M:%S")
    assert abs(age.total_seconds()) < 60
    dialog.close()


def test_each_change_of_a_knee_names_its_side(window, show, films, finder, wait_until) -> None:
    finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
    (case,) = show(measurable_film(films))
    editor, name = window.editor, OarsiName.JSN_LATERAL
    line = Measurement(Kind.LENGTH, ((420, 200), (500, 210)))
    right, left = ("right knee: ", "left knee: ")
    space = case.examined(case.reading.knees[0]).joint_space
    drawn = dragged(space, handles(space)[0], -2)
    model = [case.finding(marked).grade for marked in case.reading.knees]
    changes = (
        (lambda: press(window, Qt.Key.Key_Return), f"{right}agree with KL {model[0]}"),
        (lambda: editor.reread(0, name, 2), f"{right}read narrowing, lateral as grade 2"),
        (lambda: editor.reread(1, name, 1), f"{left}read narrowing, lateral as grade 1"),
        (
            lambda: editor.reread(1, name, None),
            f"{left}restore the model's reading of narrowing, lateral",
        ),
        (lambda: press(window, Qt.Key.Key_4), f"{left}overrule KL {model[1]} with KL 4"),
        (lambda: press(window, Qt.Key.Key_Backspace), f"{left}withdraw the decision"),
        (
            lambda: editor.not_gradable(Obstacle.IMPLANT),
            f"{left}seen, not gradable: artificial joint",
        ),
        (lambda: editor.correct_margins(0, drawn), f"{right}correct the joint margins"),
        (editor.restore_margins, f"{right}restore the measured margins"),
        (lambda: editor.add_measurement(line), f"{left}add a measurement"),
        (lambda: editor.move_measurement(0, line.shifted(-360, 0)), f"{right}change a measurement"),
        (lambda: editor.move_measurement(0, line.shifted(-200, 0)), "change a measurement"),
        (
            lambda: editor.mask(Mask(100, 150, 20, 20)),
            f"{right}mask an area over a knee, whose grade stays",
        ),
        (lambda: editor.mask(Mask(0, 0, 600, 300)), "mask an area over a knee, whose grade stays"),
        (editor.swap_side, f"{right}swap right and left of one knee"),
        (window.undo, f"undo: {right}swap right and left of one knee"),
        (lambda: editor.delete_box_of(1), f"{left}delete a box"),
        (lambda: editor.add_box(Box(400, 120, 200)), f"{left}draw a box"),
        (lambda: editor.move_box(1, Box(410, 120, 200)), f"{left}move a box"),
        (editor.swap_sides, "swap right and left"),
    )
    for change, _ in changes:
        change()
        wait_until(lambda: not case.awaited)
    window.actions_table["audit"].trigger()
    wait_until(lambda: window.findChild(AuditTrailDialog))
    dialog = window.findChild(AuditTrailDialog)
    assert [row[3] for row in rows_of(dialog)] == [words for _, words in changes]
    dialog.close()


def test_words_of_an_earlier_program_are_shown_as_they_are(app) -> None:
    step = Step(Message(Action.MOVE_BOX))
    entries = [AuditEntry("of old", ("take the grade back",), {})]
    entries.append(AuditEntry("2026-01-02T03:04:05+00:00", (step, replace(step, undone=True)), {}))
    dialog = AuditTrailDialog("knee.png", entries)
    assert rows_of(dialog)[0] == ["1", "of old", "", "take the grade back"]
    assert [row[3] for row in rows_of(dialog)[1:]] == ["move a box", "undo: move a box"]


def test_without_a_change_the_dialog_says_so(app) -> None:
    dialog = AuditTrailDialog("knee.png", [])
    assert rows_of(dialog) == []
    dialog.show()
    assert dialog.windowTitle() == "Audit trail of knee.png"
    dialog.close()


def change(place, statement):
    with closing(sqlite3.connect(place / "cases.sqlite")) as connection, connection:
        connection.execute(statement)


def test_a_change_outside_the_program_is_told_at_the_next_start_and_in_the_dialog(
    window, show, films, place, make_window, show_in, wait_until
):
    window.session.kept.restore()
    wait_until(lambda: window.session.kept.is_kept)
    (case,) = show(knee_crop(films))
    press(window, Qt.Key.Key_4)
    window.close()
    change(place, "UPDATE examination SET comment = 'not mine'")
    again = make_window()
    show_in(again, case.path)
    again.session.warm_up()
    wait_until(lambda: "Changed outside this program: crop.png" in texts(again.saving.store))
    assert "is not the one that entry 1 of the audit trail" in texts(again.saving.store)
    again.actions_table["audit"].trigger()
    wait_until(lambda: again.findChild(AuditTrailDialog))
    assert "⚑ The reading is not the one that entry 1" in texts(again.findChild(AuditTrailDialog))


def test_what_only_the_program_wrote_is_no_matter_at_the_start(window, show, films, make_window):
    show(knee_crop(films))
    press(window, Qt.Key.Key_4)
    window.close()
    again = make_window()
    again.session.warm_up()
    again.session.runner.finish(Queue.UNNOTICED, 10)
    assert again.session.services.notices == ()
    assert not again.saving.store.isVisible()


@pytest.mark.parametrize(("name", "kind"), [("trail.csv", "CSV (*.csv)"), ("t", "JSON (*.json)")])
def test_a_trail_is_saved_as_a_file(
    window, show, films, wait_until, tmp_path, monkeypatch, name, kind
):
    (case,) = show(knee_crop(films))
    press(window, Qt.Key.Key_4)
    window.actions_table["audit"].trigger()
    wait_until(lambda: window.findChild(AuditTrailDialog))
    dialog = window.findChild(AuditTrailDialog)
    answer = str(tmp_path / name), kind
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    click(dialog.save)
    if kind.startswith("CSV"):
        (row,) = csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines())
        assert (row["sha256"], row["entry"], row["code"]) == (case.identity, "1", "overrule")
    else:
        (film,) = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
        assert film["entries"][0]["reading"]["knees"][0]["reader_grade"] == 4
