"""Services that all background tasks share: the networks and the store of readings."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from koa_desktop.errors import BundleError, StoreError
from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.examination.store import CaseList
from koa_desktop.grading.card import GraderCard
from koa_desktop.radiograph import Radiograph


class Services:
    """Opens the networks and the store when they are first needed, on a thread that may wait."""

    def __init__(self, case_list: Path | None) -> None:
        """Keep the reader's work in the file `case_list`, or nowhere."""
        self._path = case_list
        self._examiner: Examiner | None = None
        self._case_list: CaseList | None = None
        self._turn = threading.Lock()
        self._examiner_turn = threading.Lock()
        self.trouble = ""  # why the reader's work is not kept, in a sentence

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

    def case_list(self) -> CaseList | None:
        """Return the case list; None where there is none or it cannot be opened (`trouble`)."""
        with self._turn:
            if self._case_list is None and self._path is not None and not self.trouble:
                try:
                    self._case_list = CaseList(self._path)
                except (StoreError, sqlite3.Error, OSError):
                    self._give_up()
            return self._case_list

    def record(self, examination: Examination, action: str) -> None:
        """Keep the reader's work on one examination."""
        case_list = self.case_list()
        if case_list is None:
            return
        try:
            case_list.record(examination, action)
        except (sqlite3.Error, OSError):
            self._give_up()

    def restored(self, examination: Examination, radiograph: Radiograph) -> Examination:
        """Return the examination with what the reader did to this file in an earlier session."""
        case_list = self.case_list()
        if case_list is None:
            return examination
        try:
            return case_list.restored(examination, radiograph, self.examiner())
        except (sqlite3.Error, OSError, ValueError, KeyError):
            self._give_up()
            return examination

    def _give_up(self) -> None:
        self._case_list = None
        self.trouble = "The case list cannot be used, so this session's work is not kept."
