"""The DICOM network: whether it is used, the nodes to send to, and where films are received."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from PySide6.QtCore import Qt, QThreadPool, Signal, SignalInstance
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import NetworkError, NetworkReason, ReaderError
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.screen_fit import Scrolled, resize_in_screen
from koa_desktop.gui.support.settings import Settings
from koa_desktop.transfer.node import Node, Receiving, check_title, to_text
from koa_desktop.wording.sentences import sentence

_MOST_PORT = 65535
_TABLE_HEIGHT = 150
_WIDTH = 560
_COLUMNS = (130, 95, 115, 60)  # the last one takes the rest
_COMMITMENT = 4  # its place
_TICKED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable


class NetworkDialog(QDialog):
    """Stores everything on OK, nothing on Cancel. Only Test opens a connection, and only if on."""

    _answered = Signal(str)  # an error's sentence; empty where the node answered

    def __init__(
        self, settings: Settings, parent: QWidget | None = None, *, has_folder: bool = False
    ) -> None:
        """`has_folder` tells that a watched folder is chosen, if not stored yet."""
        super().__init__(parent)
        self._settings = settings
        self._has_folder = has_folder or settings.watched_folder is not None
        self.setWindowTitle(self.tr("DICOM network"))
        self.setMinimumWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.on = QCheckBox(self.tr("&Use the DICOM network"))
        self.on.setChecked(settings.network_on)
        told = plain_label(self.tr("If this is off, the program opens no connection at all."))
        told.setProperty("dim", True)
        told.setWordWrap(True)
        self.title = QLineEdit(settings.own_title)
        self.problem = plain_label()
        self.problem.setWordWrap(True)
        form = QFormLayout()
        form.addRow(self.tr("&Title of this program"), self.title)
        self.body = QWidget()
        self.body.setObjectName("choices")
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        body.addLayout(form)
        body.addWidget(self._build_nodes())
        body.addWidget(self._build_receiving())
        layout = QVBoxLayout(self)
        for part in (self.on, told, Scrolled(self.body), self.problem):
            layout.addWidget(part)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._answered.connect(self._say_answer, Qt.ConnectionType.QueuedConnection)
        self.on.toggled.connect(self._allow)
        self.nodes.itemSelectionChanged.connect(self._allow)
        self._allow()
        resize_in_screen(self, self.sizeHint())

    def accept(self) -> None:
        """Store everything; what cannot be right is said instead."""
        try:
            check_title(self.title.text().strip())
            nodes = [self._node(row) for row in range(self.nodes.rowCount())]
            receiving = Receiving(
                self.title.text().strip(), self.address.text().strip(), self.port.value()
            )
            if self.on.isChecked() and self.receive.isChecked() and not self._has_folder:
                raise NetworkError(NetworkReason.NO_WATCHED_FOLDER)
        except NetworkError as error:
            self._say(sentence(error.message), warning=True)
            return
        settings = self._settings
        settings.network_on = self.on.isChecked()
        settings.own_title = receiving.title
        settings.nodes = tuple(map(to_text, nodes))
        settings.receive_on = self.receive.isChecked()
        settings.receive_address = receiving.address
        settings.receive_port = receiving.port
        super().accept()

    def add_empty(self) -> None:
        """Add a row to be filled in."""
        self._add("", "", "", "104", asked=False)
        self.nodes.setCurrentCell(self.nodes.rowCount() - 1, 0)
        self.nodes.setFocus()

    def _add(self, *texts: str, asked: bool) -> None:
        row = self.nodes.rowCount()
        self.nodes.insertRow(row)
        for column, text in enumerate(texts):
            self.nodes.setItem(row, column, QTableWidgetItem(text))
        item = QTableWidgetItem(self.tr("ask"))
        item.setFlags(_TICKED)
        item.setCheckState(Qt.CheckState.Checked if asked else Qt.CheckState.Unchecked)
        set_tooltip(
            item,
            self.tr(
                "Ask the archive to promise that it keeps what it was sent (storage commitment). "
                "Most archives answer only if films are received here."
            ),
        )
        self.nodes.setItem(row, _COMMITMENT, item)

    def test(self) -> None:
        """Ask the chosen node whether it is there."""
        try:
            node = self._node(self.nodes.currentRow())
            title = self.title.text().strip()
            check_title(title)
        except NetworkError as error:
            self._say(sentence(error.message), warning=True)
            return
        self._say(self.tr("Asking {0}…").format(node.name))
        self.ask.setEnabled(False)
        # Imported here: nobody who does not use the network has it loaded.
        from koa_desktop.transfer import sending

        QThreadPool.globalInstance().start(
            partial(_ask, partial(sending.echo, node, title), self._answered)
        )

    def _build_nodes(self) -> QGroupBox:
        group = QGroupBox(self.tr("Send to"))
        self.nodes = QTableWidget(0, _COMMITMENT + 1)
        self.nodes.setAccessibleName(self.tr("Nodes"))
        names = (
            self.tr("Name"),
            self.tr("Title"),
            self.tr("Address"),
            self.tr("Port"),
            self.tr("Commitment"),
        )
        self.nodes.setHorizontalHeaderLabels(names)
        for column, width in enumerate(_COLUMNS):
            self.nodes.setColumnWidth(column, width)
        self.nodes.verticalHeader().hide()
        self.nodes.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.nodes.horizontalHeader().setStretchLastSection(True)
        self.nodes.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.nodes.setMinimumHeight(_TABLE_HEIGHT)
        for node in self._settings.known_nodes():
            self._add(node.name, node.title, node.host, str(node.port), asked=node.commitment)
        add, self.remove = QPushButton(self.tr("&Add")), QPushButton(self.tr("&Remove"))
        self.ask = QPushButton(self.tr("T&est"))
        add.clicked.connect(self.add_empty)
        self.remove.clicked.connect(lambda: self.nodes.removeRow(self.nodes.currentRow()))
        self.ask.clicked.connect(self.test)
        row = QHBoxLayout()
        for button in (add, self.remove, self.ask):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(group)
        layout.addWidget(self.nodes)
        layout.addLayout(row)
        return group

    def _build_receiving(self) -> QGroupBox:
        group = QGroupBox(self.tr("Receive"))
        self.receive = QCheckBox(self.tr("Receive &films into the watched folder"))
        self.receive.setChecked(self._settings.receive_on)
        self.address = QLineEdit(self._settings.receive_address)
        self.port = QSpinBox()
        self.port.lineEdit().setTextMargins(7, 0, 7, 0)  # a style sheet's padding does not reach it
        self.port.setRange(1, _MOST_PORT)
        self.port.setValue(self._settings.receive_port)
        layout = QFormLayout(group)
        layout.addRow(self.receive)
        layout.addRow(self.tr("This &computer's address"), self.address)
        layout.addRow(self.tr("&Port"), self.port)
        return group

    def _node(self, row: int) -> Node:
        """Return a row's node. Raises NetworkError."""
        items = [self.nodes.item(row, column) for column in range(_COMMITMENT)]
        name, title, host, port = (item.text().strip() if item else "" for item in items)
        number = int(port) if port.isascii() and port.isdigit() else 0
        ticked = self.nodes.item(row, _COMMITMENT)
        asked = ticked is not None and ticked.checkState() is Qt.CheckState.Checked
        return Node(name, title, host, number, asked)

    def _allow(self) -> None:
        self.body.setEnabled(self.on.isChecked())
        is_chosen = self.nodes.currentRow() >= 0
        self.remove.setEnabled(is_chosen)
        self.ask.setEnabled(is_chosen)

    def _say_answer(self, failed: str) -> None:
        self._say(failed or self.tr("The node answered."), warning=bool(failed))
        self._allow()

    def _say(self, text: str, *, warning: bool = False) -> None:
        self.problem.setText(text)
        self.problem.setProperty("warning", warning)
        self.problem.style().unpolish(self.problem)
        self.problem.style().polish(self.problem)


def _ask(echo: partial[None], answered: SignalInstance) -> None:
    failed = ""
    try:
        echo()
    except ReaderError as error:
        failed = sentence(error.message)
    # The dialog may have been closed meanwhile.
    with suppress(RuntimeError):
        answered.emit(failed)
