"""Every word that stands on a report or an annotated picture, in one place to be translated."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.examination.measurements import Kind, value_text
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.radiograph import Side
from koa_desktop.wording import joint_space_lines
from koa_desktop.wording.sentences import sentence, sentence_or_empty

TITLE = "Knee osteoarthritis grading (Kellgren-Lawrence)"
KIND = "Radiograph report, knees"
PATIENT, PATIENT_ID, BORN, SEX = "Patient", "Patient ID", "Born", "Sex"
STUDY_DATE, STUDY, ACCESSION, INSTITUTION = (
    "Study date",
    "Examination",
    "Accession number",
    "Institution",
)
FILE_NAME, CHECKSUM, REPORTED, READER = "File", "File checksum", "Reported", "Reader"
CONCLUSION, COMMENT = "Conclusion", "Comment"
REVIEW, NOT_GRADED = "Review", "Not graded"
LESS, MORE = "less", "more"
SIGNATURE, DATE = "Name, signature", "Date"
BARS_NOTE = "Bars: the model's calibrated probabilities."
BY_HAND = "box placed by hand"
ON_REQUEST = "graded on request, against the program's advice"

_SIDES = {Side.RIGHT: "Right knee", Side.LEFT: "Left knee"}
_MEASURED = {Kind.LENGTH: "length", Kind.ANGLE: "angle"}
_UNKNOWN_SIDE = "Knee, side unknown"
_OSTEOARTHRITIS = (
    "no osteoarthritis",
    "doubtful osteoarthritis",
    "minimal osteoarthritis",
    "moderate osteoarthritis",
    "severe osteoarthritis",
)


def page(number: int, count: int) -> str:
    """Return a page's number: `Page 1 of 2`."""
    return f"Page {number} of {count}"


def knee(examined: ExaminedKnee) -> str:
    """Return which knee this is: `Right knee`."""
    return _SIDES[examined.knee.side] if examined.knee.side else _UNKNOWN_SIDE


def grade(value: int) -> str:
    """Return a grade: `KL 2`."""
    return f"KL {value}"


def grade_name(value: int) -> str:
    """Return a grade's name: `Minimal`."""
    return GRADE_NAMES[value]


def prediction_set(finding: Finding) -> str:
    """Return the prediction set: `KL 1–2`; empty where there is none."""
    return f"KL {finding.set_text.replace('-', '–')}" if finding.set_text else ""


def tag(examined: ExaminedKnee, *, grades: bool) -> str:
    """Return what stands at a knee's box: `R`, or with its grade `R  KL 2`."""
    side = examined.knee.side.value if examined.knee.side else ""
    final = examined.finding.final_grade
    if not grades or final is None:
        return side
    return f"{side}  {grade(final)}".strip()


def conclusion(examination: Examination) -> list[str]:
    """Return one sentence per knee, or the one that says why there is none."""
    if not examination.knees:
        return [sentence_or_empty(examination.refusal)]
    return [_conclusion(examined) for examined in examination.knees]


def _conclusion(examined: ExaminedKnee) -> str:
    finding = examined.finding
    final = finding.final_grade
    if final is None:
        return f"{knee(examined)}: not graded. {sentence_or_empty(finding.refusal)}".strip()
    said = f"{knee(examined)}: {grade(final)}, {_OSTEOARTHRITIS[final]}"
    notes = [ON_REQUEST] if Flag.ON_REQUEST in finding.flags else []
    if finding.reader_grade is None:
        notes.append("model, not confirmed by a reader")
        notes += ["to be reviewed"] if finding.flags else []
    return f"{said} ({'; '.join(notes)})." if notes else f"{said}."


def verdict(finding: Finding) -> str:
    """Return whose grade this is, and what the model said."""
    model = _model_verdict(finding)
    if finding.reader_grade is None:
        return f"{model[0].upper()}{model[1:]}; not yet confirmed by a reader."
    return f"Read as {grade(finding.reader_grade)} by the reader; {model}."


def _model_verdict(finding: Finding) -> str:
    if finding.grade is None:
        return "not graded by the model"
    members = prediction_set(finding)
    return f"model: {grade(finding.grade)}" + (f" (set {members})" if members else "")


def osteoarthritis(probability: float) -> str:
    """Return how likely definite osteoarthritis is: `Osteoarthritis (KL 2 or more): 53 %`."""
    return f"Osteoarthritis (KL 2 or more): {percent(probability)}"


def percent(share: float) -> str:
    """Return a share (0..1) in percent: `53 %`."""
    return f"{share * 100:.0f} %"


def reviews(examination: Examination) -> list[str]:
    """Return every reason to look twice, with its knee: `Right knee, review: Two grades …`."""
    return [
        f"{knee(examined)}, {REVIEW.lower()}: {reason}"
        for examined in examination.knees
        if examined.finding.grade is not None
        for reason in (
            *map(sentence, examined.finding.flags),
            sentence_or_empty(examined.finding.refusal),
        )
        if reason
    ]


def joint_spaces(examination: Examination) -> list[str]:
    """Return each knee's joint widths, and what is to be known of them."""
    return [
        f"{knee(examined)}: {text[:1].lower()}{text[1:]}"
        for examined in examination.knees
        if examined.joint_space is not None
        for text in (
            joint_space_lines.widths_line(examined.joint_space),
            *joint_space_lines.notes(examined.joint_space),
        )
    ]


def measurements(examination: Examination) -> list[str]:
    """Return a line for each measurement: `Measured 1: length 12.3 mm, at the detector.`."""
    spacing = examination.radiograph.spacing
    return [
        f"Measured {number}: {_MEASURED[one.kind]} {value_text(one, spacing)}."
        for number, one in enumerate(examination.measurements, 1)
    ]


def map_cells(knees: Sequence[ExaminedKnee]) -> int:
    """Return across how many cells the heat maps lie; 0 where there is none."""
    return max(
        (examined.grading.maps.shape[1] for examined in knees if examined.grading), default=0
    )


def map_note(cells: int) -> str:
    """Return what the heat map is; `cells` is how many it has across the picture."""
    return (
        f"Colour shows where the model looked for its grade, at 1/{cells} of the picture, "
        "not where disease is."
    )


def set_note(coverage: float | None) -> str:
    """Return what the prediction set means; `coverage` (0..1) is what it was made to hold."""
    if coverage is None:
        return "Set: the grades that the model does not rule out."
    return f"Set: grades that hold the true one in {coverage * 100:.0f} of 100 knees."


def side_from(examined: ExaminedKnee) -> str:
    """Return where a knee's side is known from; empty where that is unknown."""
    source = examined.knee.side_source
    return f"side from {source.value}" if examined.knee.side and source else ""
