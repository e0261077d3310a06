"""What the window says in the reader's language, and the core's words among it.

The core knows no language but English, and no Qt: its sentences stand here once more, marked for
Qt's tools. What varies in a sentence is numbered, `{0}`, as in its f-string.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from koa_desktop.system.paths import RESOURCES

TRANSLATIONS = RESOURCES / "translations"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001
    """Mark a text for translation under the name that Qt's tools look for (Qt's has no type)."""
    return text


CORE = (
    QT_TRANSLATE_NOOP("core", "None"),
    QT_TRANSLATE_NOOP("core", "Doubtful"),
    QT_TRANSLATE_NOOP("core", "Minimal"),
    QT_TRANSLATE_NOOP("core", "Moderate"),
    QT_TRANSLATE_NOOP("core", "Severe"),
    QT_TRANSLATE_NOOP("core", "Patient"),
    QT_TRANSLATE_NOOP("core", "Patient ID"),
    QT_TRANSLATE_NOOP("core", "Born"),
    QT_TRANSLATE_NOOP("core", "Sex"),
    QT_TRANSLATE_NOOP("core", "Study date"),
    QT_TRANSLATE_NOOP("core", "Examination"),
    QT_TRANSLATE_NOOP("core", "Accession number"),
    QT_TRANSLATE_NOOP("core", "Institution"),
    QT_TRANSLATE_NOOP("core", "File"),
    QT_TRANSLATE_NOOP("core", "The model is unsure: three or more grades are possible."),
    QT_TRANSLATE_NOOP("core", "Two grades are close."),
    QT_TRANSLATE_NOOP("core", "This picture looks unlike the knees the model learned from."),
    QT_TRANSLATE_NOOP("core", "The box reaches beyond the image; what is missing was filled in."),
    QT_TRANSLATE_NOOP("core", "The picture has hardly any contrast."),
    QT_TRANSLATE_NOOP("core", "Graded at the user's request, against the program's advice."),
    QT_TRANSLATE_NOOP("core", "The knee is only {0} pixels wide; at least {1} are needed."),
    QT_TRANSLATE_NOOP(
        "core", "The knee is cut by the border: {0} of the box lies outside the image."
    ),
    QT_TRANSLATE_NOOP(
        "core", "This is an artificial joint: Kellgren-Lawrence grades do not apply to it."
    ),
    QT_TRANSLATE_NOOP(
        "core", "This is not a frontal view of a knee, and only frontal views are graded."
    ),
    QT_TRANSLATE_NOOP("core", "This does not look like a radiograph of a knee."),
    QT_TRANSLATE_NOOP(
        "core", "By its fibula this is the knee of the other side: check right and left."
    ),
    QT_TRANSLATE_NOOP(
        "core", "No knee was found on this picture: place a box over the knee to have it graded."
    ),
    QT_TRANSLATE_NOOP("core", "There is no such file or folder: {0}."),
    QT_TRANSLATE_NOOP("core", "This file is empty."),
    QT_TRANSLATE_NOOP("core", "This is a folder, not a file."),
    QT_TRANSLATE_NOOP("core", "This is not an ordinary file."),
    QT_TRANSLATE_NOOP("core", "This file is larger than 500 MB, which no radiograph is."),
    QT_TRANSLATE_NOOP("core", "You have no permission to read this file."),
    QT_TRANSLATE_NOOP("core", "This file can't be read from where it is stored."),
    QT_TRANSLATE_NOOP("core", "This is a ZIP archive: unpack it, then open the files in it."),
    QT_TRANSLATE_NOOP("core", "This is a GZIP archive: unpack it, then open the file in it."),
    QT_TRANSLATE_NOOP("core", "This is a 7-Zip archive: unpack it, then open the files in it."),
    QT_TRANSLATE_NOOP(
        "core", "This is a PDF document: export the radiograph itself as DICOM or PNG."
    ),
    QT_TRANSLATE_NOOP("core", "This is a GIF picture: DICOM, PNG, JPEG, TIFF and BMP can be read."),
    QT_TRANSLATE_NOOP(
        "core", "This file is not a radiograph: DICOM, PNG, JPEG, TIFF and BMP can be read."
    ),
    QT_TRANSLATE_NOOP("core", "This file is too large for this computer's memory."),
    QT_TRANSLATE_NOOP("core", "This file is cut short or damaged: the picture is incomplete."),
    QT_TRANSLATE_NOOP(
        "core", "This picture has more than 120 million pixels, which no radiograph has."
    ),
    QT_TRANSLATE_NOOP("core", "The first of {0} pages is shown."),
    QT_TRANSLATE_NOOP("core", "The picture in this file is empty."),
    QT_TRANSLATE_NOOP("core", "This picture is too large for this computer's memory."),
    QT_TRANSLATE_NOOP("core", "This DICOM file is damaged and can't be read."),
    QT_TRANSLATE_NOOP("core", "This file is cut short: the picture is incomplete."),
    QT_TRANSLATE_NOOP("core", "The header says that the patient's right is at the viewer's right."),
    QT_TRANSLATE_NOOP(
        "core", "Bone looks dark when this picture is shown as its header asks: invert it."
    ),
    QT_TRANSLATE_NOOP("core", "This file unpacks to more than 500 MB, which no radiograph has."),
    QT_TRANSLATE_NOOP("core", "This is a table of contents (DICOMDIR): open its folder instead."),
    QT_TRANSLATE_NOOP(
        "core", "This DICOM file's picture is neither grey nor in a known colour system."
    ),
    QT_TRANSLATE_NOOP(
        "core", "This DICOM file uses the compression {0}, which can't be read here."
    ),
    QT_TRANSLATE_NOOP("core", "The first of {0} frames is shown."),
    QT_TRANSLATE_NOOP("core", "This DICOM file is nested too deeply to be read."),
    QT_TRANSLATE_NOOP("core", "This DICOM file holds measured values (float), not a radiograph."),
    QT_TRANSLATE_NOOP("core", "This DICOM file holds no picture."),
    QT_TRANSLATE_NOOP(
        "core", "The compressed picture in this file is damaged and can't be decoded."
    ),
    QT_TRANSLATE_NOOP(
        "core",
        "The compressed picture in this file broke the decoder: the file is damaged or hostile.",
    ),
    QT_TRANSLATE_NOOP(
        "core",
        "The compressed picture in this file took too long to decode: the file may be damaged.",
    ),
    QT_TRANSLATE_NOOP(
        "core", "The decoder for compressed pictures can't be started: restart the program."
    ),
    QT_TRANSLATE_NOOP(
        "core", "The compressed picture in this file needs more memory than is allowed."
    ),
    QT_TRANSLATE_NOOP("core", "This DICOMDIR is damaged: open its folder instead."),
    QT_TRANSLATE_NOOP(
        "core", "This file has changed since it was graded: remove it and add it again."
    ),
    QT_TRANSLATE_NOOP(
        "core", "The model {0} is not the one its card describes; install the bundle again."
    ),
    QT_TRANSLATE_NOOP("core", "The model card {0} is missing from the models folder."),
    QT_TRANSLATE_NOOP("core", "The model card {0} is damaged or incomplete."),
    QT_TRANSLATE_NOOP("core", "The model {0} is missing from the models folder."),
    QT_TRANSLATE_NOOP("core", "The model {0} cannot be loaded."),
    QT_TRANSLATE_NOOP("core", "{0} could not be written; choose another folder."),
    QT_TRANSLATE_NOOP("core", "{0} already exists; choose another name or folder."),
    QT_TRANSLATE_NOOP("core", "{0} was not written because the disk is full."),
    QT_TRANSLATE_NOOP("core", "{0} was not written because its folder does not exist."),
    QT_TRANSLATE_NOOP("core", "{0}… was not written because its name is too long."),
    QT_TRANSLATE_NOOP(
        "core",
        "{0} was not written: its folder is read-only, or the file is open in another program.",
    ),
    QT_TRANSLATE_NOOP("core", "Something unexpected happened; nothing was written."),
    QT_TRANSLATE_NOOP("core", "The case list cannot be used, so this session's work is not kept."),
    QT_TRANSLATE_NOOP("core", "The knee has too few pixels to measure its joint space."),
    QT_TRANSLATE_NOOP(
        "core", "The joint does not lie in the box as it should: place the box over the knee."
    ),
    QT_TRANSLATE_NOOP(
        "core", "The bone margins cannot be told well enough here to measure the joint space."
    ),
    QT_TRANSLATE_NOOP(
        "core", "The bone margins are hard to tell here: check the outline before using the width."
    ),
    QT_TRANSLATE_NOOP("core", "This part of the joint lies outside the image."),
    QT_TRANSLATE_NOOP("core", "Something unexpected happened while the joint space was measured."),
    QT_TRANSLATE_NOOP("core", "The margins were corrected by the reader."),
    QT_TRANSLATE_NOOP("core", "Joint space can't be measured. {0}"),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2})."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}), {3}."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}), {3}: narrowed."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}), {3}: both narrowed."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}) of the condyle width."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}) of the condyle width: narrowed."),
    QT_TRANSLATE_NOOP("core", "{0} space {1} ({2}) of the condyle width: both narrowed."),
    QT_TRANSLATE_NOOP("core", "Medial"),
    QT_TRANSLATE_NOOP("core", "Lateral"),
    QT_TRANSLATE_NOOP("core", "Viewer's left"),
    QT_TRANSLATE_NOOP("core", "Viewer's right"),
    QT_TRANSLATE_NOOP("core", "medial {0}"),
    QT_TRANSLATE_NOOP("core", "lateral {0}"),
    QT_TRANSLATE_NOOP("core", "viewer's left {0}"),
    QT_TRANSLATE_NOOP("core", "viewer's right {0}"),
    QT_TRANSLATE_NOOP("core", "can't be measured"),
    QT_TRANSLATE_NOOP("core", "calibrated"),
    QT_TRANSLATE_NOOP("core", "at the detector"),
    QT_TRANSLATE_NOOP("core", "Medial: {0}"),
    QT_TRANSLATE_NOOP("core", "Lateral: {0}"),
    QT_TRANSLATE_NOOP("core", "Medial and lateral: {0}"),
    QT_TRANSLATE_NOOP("core", "Viewer's left: {0}"),
    QT_TRANSLATE_NOOP("core", "Viewer's right: {0}"),
    QT_TRANSLATE_NOOP("core", "Viewer's left and viewer's right: {0}"),
    QT_TRANSLATE_NOOP("core", "{0} (unsure)"),
    QT_TRANSLATE_NOOP("core", "{0} % of the condyle width, here {1} %"),
)


def _found(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\d\\\}", "(.+)", re.escape(pattern)), re.DOTALL)


# The longest first: "The model card {0} is …" before "The model {0} is …".
_PATTERNS = {text: _found(text) for text in sorted(CORE, key=len, reverse=True) if "{" in text}


def core(sentence: str) -> str:
    """Return a sentence or name of the core in the reader's language; English where unknown.

    What varies in a sentence may be of the core, too: a compartment, a width, a reason.
    """
    for pattern, found in _PATTERNS.items():
        if match := found.fullmatch(sentence):
            return QCoreApplication.translate("core", pattern).format(*map(core, match.groups()))
    return QCoreApplication.translate("core", sentence)


def load(application: QCoreApplication, locale: QLocale) -> QTranslator | None:
    """Let the window speak the language of `locale`, as `resources/translations/koa_*.qm` has it.

    None where there is no such file: the window then stays English.
    """
    translator = QTranslator(application)
    if not translator.load(locale, "koa", "_", str(TRANSLATIONS)):
        return None
    application.installTranslator(translator)
    return translator
