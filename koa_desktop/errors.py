"""Errors meant for the person at the screen: a code, whose sentence says what happened.

Everything else that goes wrong is a fault of the program and belongs in the log.
"""

from __future__ import annotations

from koa_desktop.message import Code, Message


class ReaderError(Exception):
    """Base of all errors whose sentence is shown to the reader.

    `str(error)` is the code alone, which names no file and no patient.
    """

    # A sentence is taken until every room raises codes.
    def __init__(self, code: Code | str, **arguments: object) -> None:
        super().__init__(code if isinstance(code, str) else code.value)
        self.message = code if isinstance(code, str) else Message.of(code, **arguments)


class ReadError(ReaderError):
    """A file that could not be read."""


class BundleReason(Code):
    """Reasons why a model bundle cannot be used."""

    CARD_MISSING = "card-missing"
    CARD_DAMAGED = "card-damaged"
    MODEL_MISSING = "model-missing"
    WRONG_MODEL = "wrong-model"
    NOT_LOADABLE = "not-loadable"


class BundleError(ReaderError):
    """A model bundle that cannot be used."""


class ExportReason(Code):
    """Reasons why an export could not be written."""

    EXISTS = "exists"
    RESULTS_EXIST = "results-exist"
    DISK_FULL = "disk-full"
    NO_FOLDER = "no-folder"
    FOLDER_NOT_MADE = "folder-not-made"
    NAME_TOO_LONG = "name-too-long"
    NOT_WRITABLE = "not-writable"
    NOT_WRITTEN = "not-written"
    PROGRAM_ERROR = "program-error"
    NOT_GRADED = "not-graded"
    NOTHING_WRITTEN = "nothing-written"


class ExportError(ReaderError):
    """An export that could not be written."""


class StoreReason(Code):
    """Why the store of readings cannot be used."""

    NEWER = "newer"  # written by a later version of the program
    DAMAGED = "damaged"
    UNUSABLE = "unusable"  # the disk or the file system refuses


class StoreError(ReaderError):
    """The store of readings cannot be used."""
