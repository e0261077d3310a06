"""Films from the DICOM network: received into the watched folder while the settings say so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from koa_desktop.errors import NetworkError
from koa_desktop.gui.support.settings import Settings
from koa_desktop.transfer.node import Receiving
from koa_desktop.wording.sentences import sentence

if TYPE_CHECKING:
    from koa_desktop.transfer.receiving import Receiver


class Reception(QObject):
    """Begins and ends listening as the settings change; off, it loads nothing of the network."""

    said = Signal(str)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._receiver: Receiver | None = None
        self._present: tuple[Receiving, Path] | None = None
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    @property
    def is_listening(self) -> bool:
        """True while films are received."""
        return self._receiver is not None

    def follow(self) -> None:
        """Listen as the settings say, or not at all."""
        receiving, folder = self._settings.receiving(), self._settings.watched_folder
        wanted = (receiving, folder) if receiving is not None and folder is not None else None
        if wanted == self._present:
            return
        self.stop()
        if wanted is not None:
            self._start(*wanted)

    def stop(self) -> None:
        """End listening."""
        if self._receiver is not None:
            self._receiver.stop()
        self._receiver = self._present = None

    def _start(self, receiving: Receiving, folder: Path) -> None:
        # Imported here: nobody who does not use the network has it loaded.
        from koa_desktop.transfer.receiving import Receiver

        receiver = Receiver(receiving, folder)
        try:
            receiver.start()
        except NetworkError as error:
            self.said.emit(sentence(error.message))
            return
        self._receiver, self._present = receiver, (receiving, folder)
        told = self.tr("Films are received at {0}, port {1}.")
        self.said.emit(told.format(receiving.address, receiving.port))
