"""Errors meant for the person at the screen: a code, whose sentence says what happened.

Everything else that goes wrong is a fault of the program and belongs in the log.
"""

from __future__ import annotations

from koa_desktop.message import Code, Message


class ReaderError(Exception):
    """Base of all errors whose sentence is shown to the reader.

    `str(error)` is the code alone, which names no file and no patient.
    """

    def __init__(self, code: Code, **arguments: object) -> None:
        super().__init__(code.value)
        self.message = Message.of(code, **arguments)


class ReadReason(Code):
    """The reason why a file could not be read."""

    FOLDER = "folder"
    NOT_ORDINARY = "not-an-ordinary-file"
    FILE_TOO_LARGE = "file-too-large"
    MISSING = "missing"
    NO_PERMISSION = "no-permission"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    EMPTY = "empty"
    CHANGED = "changed"
    NO_MEMORY = "no-memory"
    ZIP = "zip"
    ZIP_DAMAGED = "zip-damaged"
    ZIP_BOMB = "zip-bomb"
    ZIP_TOO_LARGE = "zip-too-large"
    GZIP = "gzip"
    SEVEN_ZIP = "7-zip"
    PDF = "pdf"
    RAR = "rar"
    GIF = "gif"
    OTHER_PICTURE = "other-picture"
    OTHER_FORMAT = "other-format"
    PICTURE_CUT_SHORT = "picture-cut-short"
    PICTURE_COMPRESSION = "picture-compression"
    PICTURE_SCANS = "picture-too-many-scans"
    PICTURE_EMPTY = "picture-empty"
    PICTURE_TOO_LARGE = "picture-too-large"
    DICOM_DAMAGED = "dicom-damaged"
    DICOM_CUT_SHORT = "dicom-cut-short"
    DICOM_NESTED = "dicom-nested-too-deeply"
    DICOM_ELEMENTS = "dicom-too-many-elements"
    DICOM_INFLATES = "dicom-inflates-too-far"
    DICOMDIR = "dicomdir"
    DICOMDIR_DAMAGED = "dicomdir-damaged"
    DICOM_FLOAT = "dicom-float"
    DICOM_NO_PICTURE = "dicom-no-picture"
    DICOM_COLOUR = "dicom-unknown-colour"
    DICOM_BITS = "dicom-unusual-bits"
    DICOM_COMPRESSION = "dicom-compression"
    PIXELS_DAMAGED = "pixels-damaged"
    PIXELS_DIFFER = "pixels-differ"
    READER_DIED = "reader-died"
    READER_HUNG = "reader-hung"
    READER_NO_START = "reader-no-start"
    STOPPED = "stopped"


class ReadError(ReaderError):
    """A file that could not be read."""


class BundleReason(Code):
    """Reasons why a model bundle cannot be used."""

    CARD_MISSING = "card-missing"
    CARD_DAMAGED = "card-damaged"
    WRONG_CARD = "wrong-card"
    MODEL_MISSING = "model-missing"
    WRONG_MODEL = "wrong-model"
    NOT_LOADABLE = "not-loadable"


class BundleError(ReaderError):
    """A model bundle that cannot be used."""


class ExportReason(Code):
    """Reasons why an export could not be written."""

    EXISTS = "exists"
    RESULTS_EXIST = "results-exist"
    UNDER_WAY = "under-way"
    OTHER_COLUMNS = "other-columns"
    NO_WORKBOOK = "no-workbook"
    MORE_THAN_TABLE = "more-than-table"
    OTHER_ORDER = "other-order"
    NOT_A_FOLDER = "not-a-folder"
    NO_SPACE = "no-space"
    NO_TEMPORARY_FOLDER = "no-temporary-folder"
    DISK_FULL = "disk-full"
    NO_FOLDER = "no-folder"
    FOLDER_NOT_MADE = "folder-not-made"
    NAME_TOO_LONG = "name-too-long"
    NOT_WRITABLE = "not-writable"
    NOT_WRITTEN = "not-written"
    PROGRAM_ERROR = "program-error"
    NOT_GRADED = "not-graded"
    NO_FILM_BELOW = "no-film-below"
    NOTHING_WRITTEN = "nothing-written"


class ExportError(ReaderError):
    """An export that could not be written."""


class NetworkReason(Code):
    """The reason why objects were not sent or received, or a node cannot be used."""

    BAD_NAME = "bad-name"
    BAD_TITLE = "bad-title"
    BAD_HOST = "bad-host"
    BAD_ADDRESS = "bad-address"
    BAD_PORT = "bad-port"
    UNREACHABLE = "node-unreachable"  # argument: name
    REJECTED = "node-rejected"  # argument: name
    NO_ANSWER = "node-no-answer"  # argument: name
    NOT_TAKEN = "not-taken"  # this kind of object; arguments: file, name
    NOTHING_TAKEN = "nothing-taken"  # none of these kinds of objects; argument: name
    REFUSED = "object-refused"  # arguments: file, name, status
    NOT_PROMISED = "not-promised"  # no storage commitment for it; arguments: file, name
    PORT_IN_USE = "port-in-use"  # arguments: address, port
    NO_WATCHED_FOLDER = "no-watched-folder"


class NetworkError(ReaderError):
    """A node that cannot be used, or that did not take what it was sent."""


class StoreReason(Code):
    """The reason why the store of readings, or one reading in it, cannot be used."""

    NEWER = "newer"  # written by a later version of the program
    DAMAGED = "damaged"
    DISK_FULL = "store-disk-full"
    IN_USE = "in-use"  # another program keeps it locked
    READ_ONLY = "read-only"
    UNUSABLE = "unusable"  # the disk or the file system refuses
    CHANGED = "changed-elsewhere"  # this reading, since it was loaded
    FINAL = "final"  # the stored reading, which nothing replaces silently
    DAMAGED_ROW = "damaged-row"  # this reading
    LOCKED = "locked"  # its passphrase was not given
    NO_CIPHER = "no-cipher"  # it has a passphrase, which this build cannot use
    WRONG_KEY = "wrong-key"
    NO_BACKUP = "no-backup"
    NEWER_BACKUP = "newer-backup"
    NO_CASE = "no-case"
    NEWER_CASE = "newer-case"


class ReleaseFault(Code):
    """What is missing or not this release's in the program's folder; argument: name, a file."""

    FONT = "font-damaged"
    TRANSLATION = "translation-damaged"
    LIST = "checksum-list-damaged"


class StoreNotice(Code):
    """A notice about a store that cannot be used; arguments: name, new_name."""

    SET_ASIDE = "set-aside"  # damaged; new_name is where it is now, `kept` readings were readable
    SET_ASIDE_OPEN = "set-aside-open"  # the same, and the new one has no passphrase
    LITTLE_ROOM = "little-room"  # argument: free, in MB
    CLOCK_BEHIND = "clock-behind"  # arguments: now, at, of the last entry of the audit trail
    TRAIL_BROKEN = "trail-broken"  # arguments: name, reason, of the first film; others: a number
    NEWER_LEFT = "newer-left"  # a newer program's; new_name is the one in use


class KeptNotice(Code):
    """A notice about a film that an earlier session graded."""

    OTHER_MODEL = "other-model"  # arguments: model, now


class StoreError(ReaderError):
    """The store of readings cannot be used."""
