"""Sentences of the errors meant for the reader: what happened, and what to do."""

from __future__ import annotations

from koa_desktop.errors import BundleReason, ExportReason
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    BundleReason.CARD_MISSING: "The model card {name} is missing from the models folder.",
    BundleReason.CARD_DAMAGED: "The model card {name} is damaged or incomplete.",
    BundleReason.MODEL_MISSING: "The model {name} is missing from the models folder.",
    BundleReason.WRONG_MODEL: (
        "The model {name} is not the one its card describes; install the bundle again."
    ),
    BundleReason.NOT_LOADABLE: "The model {name} cannot be loaded.",
    ExportReason.EXISTS: "{name} already exists; choose another name or folder.",
    ExportReason.RESULTS_EXIST: "{path} already exists; choose another folder or add --overwrite.",
    ExportReason.DISK_FULL: "{name} was not written because the disk is full.",
    ExportReason.NO_FOLDER: "{name} was not written because its folder does not exist.",
    ExportReason.FOLDER_NOT_MADE: (
        "The folder {path} cannot be made; choose another one with --out."
    ),
    ExportReason.NAME_TOO_LONG: "{name} was not written because its name is too long.",
    ExportReason.NOT_WRITABLE: (
        "{name} was not written: its folder is read-only, or the file is open in another program."
    ),
    ExportReason.NOT_WRITTEN: "{name} could not be written; choose another folder.",
    ExportReason.PROGRAM_ERROR: "{name} could not be made because of an error in the program.",
    ExportReason.NOT_GRADED: (
        "This file could not be graded because of an error in the program; please report it."
    ),
    ExportReason.NOTHING_WRITTEN: "Something unexpected happened; nothing was written.",
}
