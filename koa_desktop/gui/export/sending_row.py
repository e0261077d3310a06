"""The row of the export dialog that sends DICOM files to a node, where the network is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.transfer.node import Node

if TYPE_CHECKING:
    from koa_desktop.transfer.sending import Sent


class SendingRow(QWidget):
    """Offers the configured nodes; hidden where there are none, or the network is off."""

    again_wanted = Signal(list, object)  # paths, Node

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._nodes = settings.known_nodes() if settings.network_on else ()
        self._left: list[Path] = []
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Send to"))
        self.choice.addItem(self.tr("Nobody"))
        for node in self._nodes:
            self.choice.addItem(node.name)
        self.again = QPushButton(self.tr("Send again"))
        self.again.setAutoDefault(False)
        self.again.hide()
        self.again.clicked.connect(self._send_again)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plain_label(self.tr("Send DICOM files to")))
        layout.addWidget(self.choice, 1)
        layout.addWidget(self.again)
        if not self._nodes:
            self.hide()

    def node(self) -> Node | None:
        """Return the chosen node; None where nothing is to be sent."""
        row = self.choice.currentIndex() - 1
        return self._nodes[row] if 0 <= row < len(self._nodes) else None

    def outcome(self, files: Sequence[Path], sent: Sent) -> str:
        """Return what came of sending, and offer to send again what did not arrive."""
        self._left = [path for path in files if path not in sent.arrived]
        self.again.setVisible(bool(self._left))
        node = self.node()
        name = node.name if node else ""
        count, found = len(sent.arrived), len(sent.verified)
        said = self.tr("{0} of {1} files were sent to {2}.").format(count, len(files), name)
        if sent.promised:
            return said + " " + self.tr("It has promised to keep {0} of them.").format(found)
        if node is not None and node.commitment and count:
            said += " " + self.tr("It did not confirm that it keeps them (storage commitment).")
        if found:
            said += " " + self.tr("{0} of them were found there.").format(found)
        elif count:
            said += " " + self.tr("Whether they are stored there could not be checked.")
        return said

    def _send_again(self) -> None:
        node = self.node()
        if node is not None and self._left:
            self.again_wanted.emit(self._left, node)
