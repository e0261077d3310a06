"""The dialog of the DICOM network: what is stored, what is told, and that nothing is on unasked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt, QThreadPool
from PySide6.QtWidgets import QApplication, QTableWidgetItem

from koa_desktop.gui.actions.reception import Reception
from koa_desktop.gui.dialogs.exchange.network import NetworkDialog
from koa_desktop.gui.support import settings_file
from koa_desktop.gui.support.settings import Settings
from koa_desktop.transfer import sending
from koa_desktop.transfer.node import LOOPBACK, Node, to_text
from tests.screenshots.geometry import LEAST_CONTRAST, contrasts, faults
from tests.transfer.conftest import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def dialog(app: QApplication, settings: Settings) -> NetworkDialog:
    return NetworkDialog(settings)


def fill(dialog: NetworkDialog, *texts: str) -> None:
    dialog.add_empty()
    row = dialog.nodes.rowCount() - 1
    for column, text in enumerate(texts):
        dialog.nodes.setItem(row, column, QTableWidgetItem(text))


def test_nothing_is_on_until_it_is_turned_on(settings: Settings, dialog: NetworkDialog) -> None:
    assert not settings.network_on
    assert settings.receiving() is None
    assert not dialog.body.isEnabled()
    dialog.on.setChecked(True)
    assert dialog.body.isEnabled()


def test_nodes_are_kept(settings: Settings, dialog: NetworkDialog) -> None:
    dialog.on.setChecked(True)
    fill(dialog, "Archive", "PACS", "pacs.example", "4242")
    dialog.accept()
    assert settings.network_on
    assert settings.known_nodes() == (Node("Archive", "PACS", "pacs.example", 4242),)
    again = NetworkDialog(settings)
    assert again.nodes.item(0, 1).text() == "PACS"


def test_a_node_is_set_to_storage_commitment(settings: Settings, dialog: NetworkDialog) -> None:
    dialog.on.setChecked(True)
    fill(dialog, "Archive", "PACS", "pacs.example", "4242")
    ticked = dialog.nodes.item(0, 4)
    assert ticked.checkState() is Qt.CheckState.Unchecked
    ticked.setCheckState(Qt.CheckState.Checked)
    dialog.accept()
    node = Node("Archive", "PACS", "pacs.example", 4242, commitment=True)
    assert settings.known_nodes() == (node,)
    again = NetworkDialog(settings)
    assert again.nodes.item(0, 4).checkState() is Qt.CheckState.Checked


def test_all_columns_are_seen_and_the_port_is_not_cut(dialog: NetworkDialog) -> None:
    dialog.on.setChecked(True)
    dialog.show()
    assert not dialog.nodes.horizontalScrollBar().isVisible()
    assert not faults(dialog)
    reached = {name: contrast for contrast, name in contrasts(dialog)}
    (port,) = (contrast for name, contrast in reached.items() if "spinbox" in name)
    assert port >= LEAST_CONTRAST


def test_what_cannot_be_right_is_told_and_nothing_is_stored(
    settings: Settings, dialog: NetworkDialog
) -> None:
    dialog.on.setChecked(True)
    fill(dialog, "Archive", "PACS", "pacs.example", "none")
    dialog.accept()
    assert dialog.problem.text() == "A port is a number from 1 to 65535."
    assert not settings.network_on


def test_films_are_received_only_with_a_watched_folder(
    settings: Settings, dialog: NetworkDialog
) -> None:
    dialog.on.setChecked(True)
    dialog.receive.setChecked(True)
    dialog.accept()
    assert "watched folder" in dialog.problem.text()
    assert settings.receiving() is None


def test_a_node_is_asked(
    dialog: NetworkDialog,
    port: int,
    wait_until: Callable[..., None],
) -> None:
    dialog.on.setChecked(True)
    fill(dialog, "Archive", "PACS", LOOPBACK, str(port))
    dialog.test()
    wait_until(lambda: not dialog.problem.text().startswith("Asking"))
    assert dialog.problem.text().startswith("Archive cannot be reached")
    assert dialog.ask.isEnabled()


def test_the_dialog_may_be_closed_while_a_node_is_asked(
    dialog: NetworkDialog, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer, told = Event(), Event(), list[object]()
    monkeypatch.setattr(sending, "echo", lambda *_: (asked.set(), may_answer.wait(10)))
    monkeypatch.setattr(sys, "excepthook", lambda *error: told.append(error))
    dialog.on.setChecked(True)
    fill(dialog, "Archive", "PACS", LOOPBACK, "4242")
    dialog.show()
    dialog.test()
    wait_until(asked.is_set, 10)
    dialog.close()
    QApplication.sendPostedEvents(dialog, QEvent.Type.DeferredDelete.value)
    with pytest.raises(RuntimeError, match="deleted"):
        dialog.isVisible()
    may_answer.set()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    assert not told


def test_listening_follows_the_settings(
    settings: Settings,
    tmp_path: Path,
    port: int,
) -> None:
    reception = Reception(settings)
    told: list[str] = []
    reception.said.connect(told.append)
    settings.watched_folder, settings.receive_on, settings.receive_port = tmp_path, True, port
    reception.follow()
    assert not reception.is_listening
    settings.network_on = True
    reception.follow()
    assert reception.is_listening
    other = Reception(settings)
    other.said.connect(told.append)
    other.follow()
    assert not other.is_listening
    settings.network_on = False
    reception.follow()
    assert not reception.is_listening
    assert told[0] == f"Films are received at 127.0.0.1, port {port}."
    assert told[1].startswith(f"Films cannot be received at 127.0.0.1, port {port}")


def test_a_file_of_settings_turns_no_network_on(settings: Settings, tmp_path: Path) -> None:
    other = Settings(QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat))
    other.network_on = other.receive_on = True
    other.watched_folder, other.nodes = tmp_path, (to_text(Node("a", "A", LOOPBACK, 104)),)
    settings_file.write(other, tmp_path / "settings.json")
    text = (tmp_path / "settings.json").read_text()
    added = '"network_on": "yes", "receive_on": "yes", "theme"'
    changed = text.replace('"watched_folder"', f'{added}: "dark", "watched_folder"')
    (tmp_path / "settings.json").write_text(changed)
    assert settings_file.read(settings, tmp_path / "settings.json") == 2
    assert not settings.network_on
    assert not settings.known_nodes()
