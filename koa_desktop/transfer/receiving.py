"""Receives films (C-STORE) from other programs of the network into a folder.

The reports of archives on what they will keep arrive here, too.

It listens at one address of this computer, under one title, and takes images of a limited size from
few senders at a time. A film is stored as it came; the process that reads foreign files parses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    Verification,
)
from pynetdicom.transport import ThreadedAssociationServer

from koa_desktop.errors import ExportError, ExportReason, NetworkError, NetworkReason
from koa_desktop.system import private
from koa_desktop.system.files import MAX_FILE_BYTES
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import whole
from koa_desktop.transfer import commitment
from koa_desktop.transfer.node import Receiving

MOST_SENDERS = 4
PATIENCE = 30.0  # seconds without a word, after which a sender is let go
MOST_PDU = 2**22  # bytes of one message on the wire; this program asks for 16 kB
_TAKEN, _NO_ROOM, _NOT_TAKEN = 0x0000, 0xA700, 0xC000
_UID = re.compile(r"[0-9.]{1,64}")
# Radiographs, and pictures of them (PS3.4 B.5).
_FILMS = (
    "1.2.840.10008.5.1.4.1.1.1",  # Computed Radiography
    "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray, for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # and for processing
    "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
    "1.2.840.10008.5.1.4.1.1.7.2",  # and of several frames: 8 bits,
    "1.2.840.10008.5.1.4.1.1.7.3",  # 16 bits,
    "1.2.840.10008.5.1.4.1.1.7.4",  # colours
)
_LOG = logger(__name__)


class _Bound:
    """Reads from a connection, until it brings more between two films than a film may have."""

    def __init__(self, read: Callable[[int], bytearray], most: int) -> None:
        self._read = read
        self._most = most
        self.count = 0  # of bytes since the last film

    def recv(self, wanted: int) -> bytearray:
        """Return so many bytes. Raises OSError, which pynetdicom takes for the connection's end."""
        self.count += wanted
        if wanted > MOST_PDU or self.count > self._most:
            raise OSError("more than a film")
        return self._read(wanted)


class Receiver:
    """Listens from `start` to `stop`, and puts whole films into a folder."""

    def __init__(self, receiving: Receiving, folder: Path, most: int = MAX_FILE_BYTES) -> None:
        """Receive films of at most so many bytes."""
        self._receiving = receiving
        self._folder = folder
        self._most = most
        self._server: ThreadedAssociationServer | None = None
        self._bounds: WeakKeyDictionary[Association, _Bound] = WeakKeyDictionary()

    def start(self) -> None:
        """Begin to listen in the background. Raises NetworkError where the port is not free."""
        entity = AE(self._receiving.title)
        entity.require_called_aet = True
        entity.maximum_associations = MOST_SENDERS
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = PATIENCE
        entity.add_supported_context(Verification)
        for film in _FILMS:
            entity.add_supported_context(film, ALL_TRANSFER_SYNTAXES)
        # An archive reports as the provider of the service, though it opens the association.
        entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, self._limit),
            (evt.EVT_C_STORE, self._store),
            commitment.HANDLER,
        ]
        place = self._receiving.address, self._receiving.port
        try:
            self._server = entity.start_server(place, block=False, evt_handlers=handlers)
        except OSError as error:
            address, port = place
            code = NetworkReason.PORT_IN_USE
            raise NetworkError(code, address=address, port=port) from error

    def stop(self) -> None:
        """Stop listening, and break off what is being received."""
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def _limit(self, event: evt.Event) -> None:
        """Bound what a connection may bring, before anything is read of it."""
        transport: Any = event.assoc.dul.socket
        self._bounds[event.assoc] = bound = _Bound(transport.recv, self._most)
        transport.recv = bound.recv

    def _store(self, event: evt.Event) -> int:
        """Put a received film into the folder; returns the status of the answer (PS3.4 B.2.3)."""
        self._bounds[event.assoc].count = 0
        request: Any = event.request
        uid = str(request.AffectedSOPInstanceUID)
        if not _UID.fullmatch(uid):
            return _NOT_TAKEN
        path = self._folder / f"{uid}.dcm"
        try:
            with whole(path, opener=private.opener) as file:
                file.write(event.encoded_dataset())
        except ExportError as error:
            # A film that is sent again is there already.
            return _TAKEN if error.message.code is ExportReason.EXISTS else _NO_ROOM
        except Exception:
            _LOG.exception("A received film could not be stored.")
            return _NOT_TAKEN
        return _TAKEN
