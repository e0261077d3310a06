"""Sentences that the command line prints: its own, and those of the self-test."""

from __future__ import annotations

from koa_desktop.message import Code


class CommandLine(Code):
    """A message that the command line prints."""

    MISSING_PATH = "missing-path"
    NO_RADIOGRAPHS = "no-radiographs"
    NOT_STARTED = "not-started"
    BROKE_OFF = "broke-off"
    HANDED_OVER = "handed-over"
    NO_DISPLAY = "no-display"
    GRADED_WITHOUT_DISPLAY = "graded-without-display"
    REPORTS_FOLDER = "reports-folder"
    MISSING_LIBRARIES = "missing-libraries"
    STOPPED = "stopped"
    TALLY_OF_ONE = "tally-of-one"
    TALLY = "tally"
    TALLY_UNFINISHED = "tally-unfinished"
    UNREADABLE_BECAUSE = "unreadable-because"
    UNREADABLE_FILES = "unreadable-files"
    REFUSED_BECAUSE = "refused-because"
    OTHER_REASONS = "other-reasons"
    NO_READINGS = "no-readings"
    BACKED_UP = "backed-up"
    RESTORED = "restored"
    RESTORED_BESIDE = "restored-beside"
    RESTORED_OPEN = "restored-open"  # and has no passphrase, as the replaced ones had
    ASKED = "asked-for"
    NO_TRAILS = "no-trails"
    TRAILS_WHOLE = "trails-whole"
    TRAILS_BROKEN = "trails-broken"
    TRAILS_WRITTEN = "trails-written"
    TEST_PASSED = "test-passed"
    TEST_FAILED = "test-failed"


class SelfTest(Code):
    """The outcome of one check of an installation."""

    MODEL_LOADS = "model-loads"
    NO_SAMPLES = "no-samples"
    REFUSED = "refused"
    BAD_SUM = "bad-sum"
    GRADED = "graded"
    KNEES_FOUND = "knees-found"
    KNEES_NOT_FOUND = "knees-not-found"
    NO_REPORT = "no-report"
    REPORT_WRITTEN = "report-written"
    REPORT_NO_PDF = "report-no-pdf"
    OBJECT_MADE = "object-made"
    NO_OBJECT = "no-object"
    NOT_DECODED = "not-decoded"
    DECODED_WRONGLY = "decoded-wrongly"
    DECODED = "decoded"


TEMPLATES: dict[Code, str] = {
    CommandLine.MISSING_PATH: "There is no such file or folder: {path}",
    CommandLine.NO_RADIOGRAPHS: "No radiographs were found there.",
    CommandLine.NOT_STARTED: (
        "KOA Desktop could not start because of an error in the program; the log in {folder} "
        "states where. Please report it."
    ),
    CommandLine.BROKE_OFF: (
        "KOA Desktop stopped because of an error in the program; the log in {folder} states "
        "where. Please report it."
    ),
    CommandLine.HANDED_OVER: "KOA Desktop is already open; the files were passed to its window.",
    CommandLine.NO_DISPLAY: (
        "There is no display to open a window on; name files to have them graded without one."
    ),
    CommandLine.GRADED_WITHOUT_DISPLAY: (
        "There is no display to open a window on, so the files are graded into a new folder. "
        "It stays, with the patients' names, until you delete it."
    ),
    CommandLine.REPORTS_FOLDER: "The reports are in {folder}",
    CommandLine.MISSING_LIBRARIES: (
        "Libraries that KOA Desktop needs for drawing are missing; on Debian or Ubuntu "
        "install them with: apt-get install {packages}"
    ),
    CommandLine.STOPPED: (
        "Stopped before all files were graded; go on with --resume in the same folder."
    ),
    CommandLine.NO_READINGS: "There are no readings to back up.",
    CommandLine.BACKED_UP: "All readings were written to {path}",
    CommandLine.RESTORED: "The backup was restored.",
    CommandLine.RESTORED_BESIDE: (
        "The backup was restored. The readings that it replaced are in {path}"
    ),
    CommandLine.RESTORED_OPEN: (
        "The backup was restored. It has no passphrase, so the case list has none any more. The "
        "readings that it replaced are in {path}"
    ),
    CommandLine.ASKED: "Passphrase of {name}:",
    CommandLine.NO_TRAILS: "There are no readings to check.",
    CommandLine.TRAILS_WHOLE: "Films checked: {films}. Nothing was changed outside this program.",
    CommandLine.TRAILS_BROKEN: "Films checked: {films}; changed outside this program: {broken}.",
    CommandLine.TRAILS_WRITTEN: "The audit trails were written to {path}",
    CommandLine.TALLY_OF_ONE: "1 file: {graded} graded, {refused} refused, {unreadable} unreadable",
    CommandLine.TALLY: (
        "{files} files: {graded} graded, {refused} refused, {unreadable} unreadable"
    ),
    CommandLine.TALLY_UNFINISHED: (
        "{files} files: {graded} graded, {refused} refused, {unreadable} unreadable, "
        "{left} not done"
    ),
    CommandLine.UNREADABLE_BECAUSE: "  {count} unreadable: {reason}",
    CommandLine.UNREADABLE_FILES: "  {count} unreadable: {reason} ({names})",
    CommandLine.REFUSED_BECAUSE: "  {count} refused: {reason}",
    CommandLine.OTHER_REASONS: "  {count} for other reasons (see the table)",
    CommandLine.TEST_PASSED: "All checks passed.",
    CommandLine.TEST_FAILED: "A check failed: install the program again.",
    SelfTest.MODEL_LOADS: "The model {name} matches its card and loads.",
    SelfTest.NO_SAMPLES: "The sample radiographs are missing or damaged.",
    SelfTest.REFUSED: "{name} was refused: {reason}",
    SelfTest.BAD_SUM: "{name}: the probabilities do not sum to 1.",
    SelfTest.GRADED: "{name}, made for KL {expected}, is graded KL {grade}.",
    SelfTest.KNEES_FOUND: "The knees of {name} are found where they lie.",
    SelfTest.KNEES_NOT_FOUND: "The knees of {name} are not found where they lie.",
    SelfTest.NO_REPORT: "A report cannot be written to the temporary folder.",
    SelfTest.REPORT_WRITTEN: "A report is written as PDF.",
    SelfTest.REPORT_NO_PDF: "The report is no PDF.",
    SelfTest.OBJECT_MADE: "A DICOM structured report is written.",
    SelfTest.NO_OBJECT: "No DICOM structured report could be made.",
    SelfTest.NOT_DECODED: "A compressed DICOM file is not read: {reason}",
    SelfTest.DECODED_WRONGLY: "A compressed DICOM file is decoded to another image.",
    SelfTest.DECODED: "A compressed DICOM file is decoded in a process of its own.",
}
