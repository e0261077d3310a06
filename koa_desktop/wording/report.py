"""Words on a report and on an annotated picture."""

from __future__ import annotations

from koa_desktop.message import Code


class ReportText(Code):
    """A label, a sentence or a part of one on a report or an annotated picture."""

    TITLE = "title"
    KIND = "kind"
    PATIENT = "patient"
    PATIENT_ID = "patient-id"
    BORN = "born"
    SEX = "sex"
    STUDY_DATE = "study-date"
    STUDY = "study"
    ACCESSION = "accession"
    INSTITUTION = "institution"
    FILE_NAME = "file-name"
    STUDY_CODE = "study-code"
    REPORTED = "reported"
    MADE_BY = "made-by"
    READER = "reader"
    FINDINGS = "findings"
    IMPRESSION = "impression"
    FOUND = "found"
    FOUND_BY_MODEL = "found-by-model"
    OUT_OF_DATE = "out-of-date"
    COMMENT = "comment"
    GRADE_ROW = "grade-row"
    NARROWING_ROW = "narrowing-row"
    FEMUR_ROW = "femur-row"
    TIBIA_ROW = "tibia-row"
    WIDTH_ROW = "width-row"
    SHARE_ROW = "share-row"
    BY_READER = "by-reader"
    WITH_MODEL = "with-model"
    TABLE_NOTE = "table-note"
    REVIEW = "review"
    NOT_GRADED = "not-graded"
    MAP_OF = "map-of"
    MAP_TAG = "map-tag"
    LESS = "less"
    MORE = "more"
    SIGNATURE = "signature"
    DATE = "date"
    BARS_NOTE = "bars-note"
    BY_HAND = "by-hand"
    ON_REQUEST = "on-request"
    UNCONFIRMED = "unconfirmed"
    TO_REVIEW = "to-review"
    RIGHT_KNEE = "right-knee"
    LEFT_KNEE = "left-knee"
    UNKNOWN_KNEE = "unknown-knee"
    MASKED = "masked"
    LENGTH = "length"
    ANGLE = "angle"
    OBJECT = "object"
    KL_0 = "kl-0"
    KL_1 = "kl-1"
    KL_2 = "kl-2"
    KL_3 = "kl-3"
    KL_4 = "kl-4"
    PAGE = "page"
    GRADED_KNEE = "graded-knee"
    GRADED_KNEE_NOTED = "graded-knee-noted"
    UNGRADED_KNEE = "ungraded-knee"
    SUMMARY = "summary"
    FILES = "files"
    KNEES = "knees"
    TO_LOOK_AT = "to-look-at"
    NOT_GRADABLE_KNEE = "not-gradable-knee"
    NOT_GRADABLE_FILM = "not-gradable-film"
    MODEL_GRADE = "model-grade"
    MODEL_GRADE_SET = "model-grade-set"
    NO_MODEL_GRADE = "no-model-grade"
    NOT_YET_CONFIRMED = "not-yet-confirmed"
    READ_AS = "read-as"
    READ_AGREED = "read-agreed"
    READ_OVERRULED = "read-overruled"
    MODEL_NOW = "model-now"
    OSTEOARTHRITIS = "osteoarthritis"
    KNEE_REVIEW = "knee-review"
    KNEE_NOTE = "knee-note"
    MEASURED = "measured"
    MAP_NOTE = "map-note"
    SET_NOTE = "set-note"
    SET_NOTE_COVERAGE = "set-note-coverage"
    SIDE_FROM = "side-from"
    SIDE_UNKNOWN = "side-unknown"
    UNKNOWN_SOURCE = "unknown-source"
    MODEL = "model"
    MODEL_WITH_CHECKSUM = "model-with-checksum"
    NO_MODEL = "no-model"
    SPACING = "spacing"
    NO_SPACING = "no-spacing"
    NOT_A_DEVICE = "not-a-device"
    STATUS = "status"
    SIGNED_UNREAD = "signed-unread"
    SIGNED_BY = "signed-by"
    SIGNED_ON = "signed-on"


TEMPLATES: dict[Code, str] = {
    ReportText.TITLE: "Knee osteoarthritis grading (Kellgren-Lawrence)",
    ReportText.KIND: "Radiograph report, knees",
    ReportText.PATIENT: "Patient",
    ReportText.PATIENT_ID: "Patient ID",
    ReportText.BORN: "Date of birth",
    ReportText.SEX: "Sex",
    ReportText.STUDY_DATE: "Study date",
    ReportText.STUDY: "Examination",
    ReportText.ACCESSION: "Accession number",
    ReportText.INSTITUTION: "Institution",
    ReportText.FILE_NAME: "File",
    ReportText.STUDY_CODE: "Study code",
    ReportText.REPORTED: "Reported",
    ReportText.MADE_BY: "Report made by",
    ReportText.READER: "Reader",
    ReportText.FINDINGS: "Findings",
    ReportText.IMPRESSION: "Impression",
    ReportText.FOUND: "{knee}: Kellgren-Lawrence grade {grade}.",
    ReportText.FOUND_BY_MODEL: (
        "{knee}: Kellgren-Lawrence grade {grade} by the model, not confirmed by a reader."
    ),
    ReportText.OUT_OF_DATE: (
        "Findings and impression were written before grades, readings or widths changed: check "
        "them."
    ),
    ReportText.COMMENT: "Comment",
    ReportText.GRADE_ROW: "KL grade",
    ReportText.NARROWING_ROW: "Joint space narrowing",
    ReportText.FEMUR_ROW: "Osteophytes of the femur",
    ReportText.TIBIA_ROW: "Osteophytes of the tibia",
    ReportText.WIDTH_ROW: "Minimal joint space width",
    ReportText.SHARE_ROW: "Minimal joint space width, share of the condyle width",
    ReportText.BY_READER: "{value}*",
    # Like: 3* severe (model 2)
    ReportText.WITH_MODEL: "{value} (model {model})",
    ReportText.TABLE_NOTE: (
        "* Given by the reader; values without an asterisk are the model's. Narrowing and "
        "osteophytes: OARSI grades 0 to 3."
    ),
    ReportText.REVIEW: "Review",
    ReportText.NOT_GRADED: "Not graded",
    ReportText.MAP_OF: "Map of the model's KL {grade}",
    ReportText.MAP_TAG: "map: KL {grade}",
    ReportText.LESS: "less",
    ReportText.MORE: "more",
    ReportText.SIGNATURE: "Name, signature",
    ReportText.DATE: "Date",
    ReportText.BARS_NOTE: "Bars: the model's calibrated probabilities.",
    ReportText.BY_HAND: "box placed by hand",
    ReportText.ON_REQUEST: "graded on request, against the program's advice",
    ReportText.UNCONFIRMED: "model, not confirmed by a reader",
    ReportText.TO_REVIEW: "to be reviewed",
    ReportText.RIGHT_KNEE: "Right knee",
    ReportText.LEFT_KNEE: "Left knee",
    ReportText.UNKNOWN_KNEE: "Knee, side unknown",
    ReportText.MASKED: "Areas masked in black by the reader: {count}.",
    ReportText.LENGTH: "length",
    ReportText.ANGLE: "angle",
    ReportText.OBJECT: "known object",
    ReportText.KL_0: "no osteoarthritis",
    ReportText.KL_1: "doubtful osteoarthritis",
    ReportText.KL_2: "minimal osteoarthritis",
    ReportText.KL_3: "moderate osteoarthritis",
    ReportText.KL_4: "severe osteoarthritis",
    ReportText.STATUS: "Status",
    ReportText.SIGNED_UNREAD: "Signed without a reader's grade; {model}.",
    ReportText.SIGNED_BY: "Signed electronically",
    ReportText.SIGNED_ON: "Signed on",
    ReportText.PAGE: "Page {number} of {count}",
    ReportText.GRADED_KNEE: "{knee}: {grade}, {meaning}.",
    ReportText.GRADED_KNEE_NOTED: "{knee}: {grade}, {meaning} ({notes}).",
    ReportText.UNGRADED_KNEE: "{knee}: not graded. {reason}",
    ReportText.SUMMARY: "Summary of graded knees",
    ReportText.FILES: "Files",
    ReportText.KNEES: "Knees",
    ReportText.TO_LOOK_AT: "Flagged, refused or unreadable",
    ReportText.NOT_GRADABLE_KNEE: "{knee}: seen by the reader, not gradable: {reason}.",
    ReportText.NOT_GRADABLE_FILM: "Seen by the reader, not gradable: {reason}.",
    ReportText.MODEL_GRADE: "model: {grade}",
    ReportText.MODEL_GRADE_SET: "model: {grade} (likely range {members})",
    ReportText.NO_MODEL_GRADE: "not graded by the model",
    ReportText.NOT_YET_CONFIRMED: "{model}; not yet confirmed by a reader.",
    ReportText.READ_AS: "Read as {grade} by the reader; {model}.",
    ReportText.READ_AGREED: "Read as {grade} by the reader, who agreed with the model; {model}.",
    ReportText.READ_OVERRULED: (
        "Read as {grade} by the reader, who overruled the model's KL {model_grade}; {model}."
    ),
    ReportText.MODEL_NOW: "since then {model}",
    ReportText.OSTEOARTHRITIS: "Osteoarthritis (KL 2 or more): {percent:.0f} %",
    ReportText.KNEE_REVIEW: "{knee}, review: {reason}",
    ReportText.KNEE_NOTE: "{knee}: {note}",
    ReportText.MEASURED: "Measured {number}: {kind} {value}.",
    ReportText.MAP_NOTE: (
        "Colour shows the regions that support the grade of the model, not the extent of disease. "
        "The map is coarse: one cell is 1/{cells} of the image wide."
    ),
    ReportText.SET_NOTE: "Likely range: the grades that the model does not rule out.",
    ReportText.SET_NOTE_COVERAGE: (
        "Likely range: it contains the true grade in at least {percent:.0f} of 100 knees."
    ),
    ReportText.SIDE_FROM: "side from {source}",
    ReportText.SIDE_UNKNOWN: "side unknown",
    ReportText.UNKNOWN_SOURCE: "an unknown source",
    ReportText.MODEL: "Model {name}",
    ReportText.MODEL_WITH_CHECKSUM: "Model {name} (sha256 {digest}…)",
    ReportText.NO_MODEL: "No model",
    ReportText.SPACING: "pixel spacing {size} mm, {origin}",
    ReportText.NO_SPACING: "pixel spacing unknown",
    ReportText.NOT_A_DEVICE: (
        "Not a medical device: an aid to reading, to be confirmed by a qualified person."
    ),
}
