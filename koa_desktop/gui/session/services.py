"""Services that all background tasks share: the networks and the store of readings."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from koa_desktop.errors import BundleError, StoreError, StoreReason
from koa_desktop.examination.actions import Step
from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import AuditEntry, Circumstances, ReadingStore, StoredReading
from koa_desktop.grading.card import GraderCard
from koa_desktop.message import Message
from koa_desktop.system.log import logger

_LOG = logger(__name__)


class Services:
    """Opens the networks and the store when they are first needed, on a thread that may wait."""

    def __init__(self, store: Path | None) -> None:
        """Keep the reader's work in the file `store`, or nowhere."""
        self._path = store
        self._examiner: Examiner | None = None
        self._store: ReadingStore | None = None
        self._turn = threading.Lock()
        self._examiner_turn = threading.Lock()
        self.trouble: Message | None = None  # why the reader's work is not kept

    @property
    def folder(self) -> Path | None:
        """The folder of the reader's work; None where none is kept."""
        return self._path.parent if self._path is not None else None

    def examiner(self) -> Examiner:
        """Return the loaded networks. Raises BundleError where they cannot be used."""
        with self._examiner_turn:
            if self._examiner is None:
                self._examiner = Examiner.load()
            return self._examiner

    def warm_up(self) -> None:
        """Load the networks before they are needed; what is wrong is said when they are."""
        with suppress(BundleError):
            self.examiner()

    @property
    def card(self) -> GraderCard | None:
        """The grader's card; None before the networks were first needed."""
        return self._examiner.grader.card if self._examiner else None

    def store(self) -> ReadingStore | None:
        """Return the store; None where there is none or it cannot be used (`trouble`)."""
        with self._turn:
            if self._store is None and self._path is not None and self.trouble is None:
                try:
                    self._store = ReadingStore(self._path)
                except StoreError as error:
                    self._give_up(error)
            return self._store

    def save(
        self, sha256: str, reading: Reading, steps: Sequence[Step], circumstances: Circumstances
    ) -> None:
        """Keep the reader's work on one examination."""
        store = self.store()
        if store is None:
            return
        try:
            store.save(sha256, reading, steps, circumstances)
        except StoreError as error:
            self._give_up(error)

    def load(self, sha256: str) -> StoredReading | None:
        """Return the reading of an earlier session; None where there is none."""
        store = self.store()
        if store is None:
            return None
        try:
            return store.load(sha256)
        except StoreError as error:
            self._give_up(error)
            return None

    def audit_trail(self, sha256: str) -> list[AuditEntry]:
        """Return the changes of one file's reading. Raises StoreError where they are not kept."""
        store = self.store()
        if store is None:
            raise StoreError(StoreReason.UNUSABLE)
        return store.audit_trail(sha256)

    def _give_up(self, error: StoreError) -> None:
        _LOG.error("The store of readings cannot be used.", exc_info=error)
        self._store = None
        self.trouble = error.message
