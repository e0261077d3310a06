"""Sending from the export dialog: to whom, and once more what did not arrive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from pynetdicom import AE, AllStoragePresentationContexts, evt
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel

from koa_desktop.errors import ExportReason, NetworkReason
from koa_desktop.gui.export.dialog import ReportDialog, Scope
from koa_desktop.gui.export.sending_row import SendingRow
from koa_desktop.gui.support.settings import Settings
from koa_desktop.message import Message
from koa_desktop.report.export import Subject, Written
from koa_desktop.transfer.node import LOOPBACK, Node, to_text
from tests.support.gui_driver import button
from tests.support.sample_files import knee_crop
from tests.transfer.conftest import free_port

NODE = Node("Archive", "PACS", "pacs.example", 4242)
FILES = [Path("a.sr.dcm"), Path("b.sr.dcm")]
UNCONFIRMED = "It did not confirm that it keeps them (storage commitment)."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    made.nodes = (to_text(NODE),)
    return made


def sent(
    *arrived: Path,
    verified: int = 0,
    problems: tuple[Message, ...] = (),
    promised: bool = False,
) -> SimpleNamespace:
    found = arrived[:verified]
    return SimpleNamespace(arrived=arrived, verified=found, problems=problems, promised=promised)


def test_nobody_is_offered_where_the_network_is_off(app: QApplication, settings: Settings) -> None:
    subjects = {Scope.THIS: [Subject("a.dcm")]}
    dialog = ReportDialog(subjects, settings, None)
    assert dialog.sending.isHidden()
    assert dialog.sending.node() is None
    settings.network_on = True
    # By itself it would be a window of its own.
    assert not SendingRow(settings).isVisible()
    dialog = ReportDialog(subjects, settings, None)
    row = dialog.sending
    assert not row.isHidden()
    assert row.node() is None
    row.choice.setCurrentIndex(1)
    assert row.node() == NODE


def test_what_did_not_arrive_is_told_and_can_be_sent_again(
    app: QApplication, settings: Settings
) -> None:
    settings.network_on = True
    dialog = ReportDialog({Scope.THIS: [Subject("a.dcm")]}, settings, None)
    dialog.sending.choice.setCurrentIndex(1)
    dialog.show_end(Written(tuple(FILES)))
    dialog.show_sending()
    lost = Message.of(NetworkReason.NO_ANSWER, name="Archive")
    dialog.show_sent(FILES, sent(FILES[0], verified=1, problems=(lost,)))
    (outcome,) = [one for one in dialog.findChildren(QLabel) if one.objectName() == "outcome"]
    text = outcome.text()
    assert "1 of 2 files were sent to Archive. 1 of them were found there." in text
    assert "Archive stopped answering." in text
    wanted: list[tuple[list[Path], Node]] = []
    dialog.sending.again_wanted.connect(lambda files, node: wanted.append((files, node)))
    dialog.sending.again.click()
    assert wanted == [([FILES[1]], NODE)]
    dialog.show_sent([FILES[1]], sent(FILES[1]))
    assert dialog.sending.again.isHidden()
    assert "1 of 1 files were sent to Archive." in outcome.text()
    assert "stopped answering" not in outcome.text()


def test_a_file_that_was_not_written_stays_a_warning_when_the_others_were_sent(
    app: QApplication, settings: Settings
) -> None:
    settings.network_on = True
    dialog = ReportDialog({Scope.THIS: [Subject("a.dcm")]}, settings, None)
    dialog.sending.choice.setCurrentIndex(1)
    lost = Message.of(ExportReason.DISK_FULL, name="a.pdf")
    dialog.show_end(Written(tuple(FILES), problems=(lost,)))
    dialog.show_sent(FILES, sent(*FILES))
    (outcome,) = [one for one in dialog.findChildren(QLabel) if one.objectName() == "outcome"]
    assert "a.pdf was not written" in outcome.text()
    assert outcome.property("warning")


@pytest.mark.parametrize(
    ("promised", "verified", "told"),
    [
        (True, 2, "It has promised to keep 2 of them."),
        (False, 2, f"{UNCONFIRMED} 2 of them were found there."),
        (False, 0, f"{UNCONFIRMED} Whether they are stored there could not be checked."),
    ],
)
def test_how_it_is_known_that_files_arrived_is_told(
    app: QApplication, settings: Settings, promised: bool, verified: int, told: str
) -> None:
    settings.network_on = True
    settings.nodes = (to_text(replace(NODE, commitment=True)),)
    row = SendingRow(settings)
    row.choice.setCurrentIndex(1)
    said = row.outcome(FILES, sent(*FILES, verified=verified, promised=promised))
    assert said == f"2 of 2 files were sent to Archive. {told}"
    assert row.again.isHidden()


def test_an_export_is_written_and_sent(window, show, wait_until, films, folder):
    port = free_port()
    taken: list[str] = []

    def store(event):
        taken.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    entity = AE("PACS")
    entity.supported_contexts = AllStoragePresentationContexts
    handlers = [(evt.EVT_C_STORE, store)]
    server = entity.start_server((LOOPBACK, port), block=False, evt_handlers=handlers)
    settings = window.settings
    settings.network_on, settings.export_folder = True, folder
    settings.nodes = (to_text(Node("Archive", "PACS", LOOPBACK, port)),)
    show(knee_crop(films))
    window.exports.ask()
    dialog = window.exports.dialog
    button(dialog, "Report (PDF)").setChecked(False)
    button(dialog, "Structured report (DICOM)").setChecked(True)
    dialog.sending.choice.setCurrentIndex(1)
    button(dialog, "Export").click()
    (outcome,) = [one for one in dialog.findChildren(QLabel) if one.objectName() == "outcome"]
    wait_until(lambda: "sent to Archive" in outcome.text(), 60)
    server.shutdown()
    assert "1 of 1 files were sent to Archive." in outcome.text()
    assert "could not be checked" in outcome.text()
    assert len(taken) == len(list(folder.iterdir())) == 1
    dialog.close()
