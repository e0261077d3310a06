"""Sentences of the errors meant for the reader: what happened, and what to do."""

from __future__ import annotations

from koa_desktop.errors import BundleReason, ExportReason, NetworkReason, ReadReason, ReleaseFault
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    ReadReason.FOLDER: "This is a folder, not a file.",
    ReadReason.NOT_ORDINARY: "This is not a regular file.",
    ReadReason.FILE_TOO_LARGE: "This file is larger than 500 MB, more than any radiograph.",
    ReadReason.MISSING: "There is no such file or folder: {name}.",
    ReadReason.NO_PERMISSION: "You have no permission to read this file.",
    ReadReason.UNREACHABLE: "This file cannot be read from its location.",
    ReadReason.SILENT: (
        "The drive or network share of this file does not answer. Open the file again later."
    ),
    ReadReason.EMPTY: "This file is empty.",
    ReadReason.CHANGED: "This file has changed since it was graded: remove it and add it again.",
    ReadReason.NO_MEMORY: "This file needs more memory than is available or allowed.",
    ReadReason.ZIP: "This is a ZIP archive: open it by File, Import.",
    ReadReason.ZIP_DAMAGED: "This ZIP archive is damaged.",
    ReadReason.ZIP_BOMB: "This ZIP archive would inflate beyond measure and was not unpacked.",
    ReadReason.ZIP_TOO_LARGE: (
        "This ZIP archive holds too much, or more than the disk has room for."
    ),
    ReadReason.GZIP: "This is a GZIP archive: unpack it, then open the file in it.",
    ReadReason.SEVEN_ZIP: "This is a 7-Zip archive: unpack it, then open the files in it.",
    ReadReason.RAR: "This is a RAR archive: unpack it, then open the files in it.",
    ReadReason.PDF: "This is a PDF document: export the radiograph itself as DICOM or PNG.",
    ReadReason.GIF: "This is a GIF image: DICOM, PNG, JPEG, TIFF and BMP can be read.",
    ReadReason.OTHER_PICTURE: (
        "This is a {name} image: DICOM, PNG, JPEG, TIFF and BMP can be read."
    ),
    ReadReason.OTHER_FORMAT: (
        "This file is not a radiograph: DICOM, PNG, JPEG, TIFF and BMP can be read."
    ),
    ReadReason.PICTURE_CUT_SHORT: "This file is cut short or damaged: the image is incomplete.",
    ReadReason.PICTURE_COMPRESSION: (
        "This image is stored as {name}, which cannot be read here: save it as PNG."
    ),
    ReadReason.PICTURE_SCANS: (
        "This JPEG has more than 100 scans, more than any camera or scanner writes: save it as PNG."
    ),
    ReadReason.PICTURE_EMPTY: "The image in this file is empty.",
    ReadReason.PICTURE_TOO_LARGE: (
        "This image has more than 120 million pixels, more than any radiograph."
    ),
    ReadReason.DICOM_DAMAGED: "This DICOM file is damaged and cannot be read.",
    ReadReason.DICOM_CUT_SHORT: "This file is cut short: the image is incomplete.",
    ReadReason.DICOM_NESTED: "This DICOM file is nested too deeply to be read.",
    ReadReason.DICOM_ELEMENTS: (
        "This DICOM file has more than 100,000 elements, more than any radiograph."
    ),
    ReadReason.DICOM_INFLATES: "This file unpacks to more than 500 MB, more than any radiograph.",
    ReadReason.DICOMDIR: "This is a table of contents (DICOMDIR): open its folder instead.",
    ReadReason.DICOMDIR_DAMAGED: "This DICOMDIR is damaged: open its folder instead.",
    ReadReason.DICOM_FLOAT: "This DICOM file contains measured values (float), not a radiograph.",
    ReadReason.DICOM_NO_PICTURE: "This DICOM file contains no image.",
    ReadReason.DICOM_COLOUR: (
        "The image in this DICOM file is neither grey nor in a known colour system."
    ),
    ReadReason.DICOM_BITS: (
        "The image in this DICOM file has {bits} bits a pixel, which cannot be read here."
    ),
    ReadReason.DICOM_COMPRESSION: (
        "This DICOM file uses the compression {name}, which cannot be read here."
    ),
    ReadReason.PIXELS_DAMAGED: (
        "The compressed image in this file is damaged and cannot be decoded."
    ),
    ReadReason.PIXELS_DIFFER: (
        "The compressed image in this file is not the one that its header describes."
    ),
    ReadReason.READER_DIED: "This file made the reading process fail: it is damaged or malicious.",
    ReadReason.READER_HUNG: "This file took too long to read: it may be damaged or malicious.",
    ReadReason.READER_NO_START: (
        "The process that reads files cannot be started: restart the program."
    ),
    ReadReason.STOPPED: "Reading this file was stopped.",
    BundleReason.CARD_MISSING: "The model card {name} is missing from the models folder.",
    BundleReason.CARD_DAMAGED: "The model card {name} is damaged or incomplete.",
    BundleReason.WRONG_CARD: (
        "The model card {name} is not the one of this release; install the bundle again."
    ),
    BundleReason.MODEL_MISSING: "The model {name} is missing from the models folder.",
    BundleReason.WRONG_MODEL: (
        "The model {name} is not the one its card describes; install the bundle again."
    ),
    BundleReason.NOT_LOADABLE: "The model {name} cannot be loaded.",
    ExportReason.EXISTS: "{name} already exists; choose another name or folder.",
    ExportReason.RESULTS_EXIST: (
        "{path} already exists; choose another folder, or add --resume or --overwrite."
    ),
    ExportReason.UNDER_WAY: (
        "{path} is being written by another run of this program; choose another folder."
    ),
    ExportReason.OTHER_COLUMNS: (
        "{path} has other columns than this version writes; choose another folder."
    ),
    ExportReason.NO_WORKBOOK: (
        "{path} is damaged, protected by a password or no Excel workbook; nothing was added to it."
    ),
    ExportReason.MORE_THAN_TABLE: (
        "{path} has pictures, charts, comments or macros, which would be lost; nothing was added "
        "to it."
    ),
    ExportReason.OTHER_ORDER: (
        "{path} was begun with other options; resume it with the same ones."
    ),
    ExportReason.NOT_A_FOLDER: "{path} is not a folder; choose another one with --out.",
    ExportReason.NO_SPACE: (
        "The results need about {need} MB, but only {free} MB are free in {path}."
    ),
    ExportReason.NO_TEMPORARY_FOLDER: (
        "There is no folder for temporary files that can be written; name one with TMPDIR."
    ),
    ExportReason.DISK_FULL: "{name} was not written because the disk is full.",
    ExportReason.NO_FOLDER: "{name} was not written because its folder does not exist.",
    ExportReason.FOLDER_NOT_MADE: (
        "The folder {path} cannot be created; choose another one with --out."
    ),
    ExportReason.NAME_TOO_LONG: "{name} was not written because its name is too long.",
    ExportReason.NOT_WRITABLE: (
        "{name} was not written: its folder is read-only, or the file is open in another program."
    ),
    ExportReason.NOT_WRITTEN: "{name} could not be written; choose another folder.",
    ExportReason.PROGRAM_ERROR: "{name} could not be created because of an error in the program.",
    ExportReason.NOT_GRADED: (
        "This file could not be graded because of an error in the program; please report it."
    ),
    ExportReason.NO_FILM_BELOW: (
        "{name} was not written: boxes and margins can only be laid over a film that is a grey "
        "DICOM file, in an export for the patient's file."
    ),
    ExportReason.NOTHING_WRITTEN: "An unexpected error occurred; nothing was written.",
    ReleaseFault.FONT: "The font {name} is missing or damaged: install the program again.",
    ReleaseFault.TRANSLATION: (
        "The translation {name} is missing or damaged: install the program again."
    ),
    ReleaseFault.LIST: (
        "The list of checksums {name} is missing or damaged: install the program again."
    ),
    NetworkReason.BAD_NAME: "Give the node a name of at most 64 letters.",
    NetworkReason.BAD_TITLE: "A title has 1 to 16 plain letters, digits or signs.",
    NetworkReason.BAD_HOST: "The address of the node is a host's name or an IP address.",
    NetworkReason.BAD_ADDRESS: "Films are received at one IP address of this computer.",
    NetworkReason.BAD_PORT: "A port is a number from 1 to 65535.",
    NetworkReason.UNREACHABLE: "{name} cannot be reached: check address, port and network.",
    NetworkReason.REJECTED: "{name} refuses the connection: check both titles there and here.",
    NetworkReason.NO_ANSWER: "{name} stopped answering.",
    NetworkReason.NOT_TAKEN: "{name} does not take objects such as {file}.",
    NetworkReason.NOTHING_TAKEN: "{name} takes none of these kinds of objects.",
    NetworkReason.REFUSED: "{name} did not take {file} (status {status}).",
    NetworkReason.NOT_PROMISED: "{name} does not promise to keep {file}.",
    NetworkReason.PORT_IN_USE: (
        "Films cannot be received at {address}, port {port}: this is not an address of this "
        "computer, or another program uses the port."
    ),
    NetworkReason.NO_WATCHED_FOLDER: "Choose a watched folder first: received films arrive in it.",
}
