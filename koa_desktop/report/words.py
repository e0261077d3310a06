"""The lines of a report and of an annotated picture, put together from an examination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from koa_desktop.examination.decision import Choice, Decision, is_not_gradable
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.examination.measurements import Kind
from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.joint_space.measure import Width
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from koa_desktop.report.naming.fields import named_fields, reader_name
from koa_desktop.report.options import ReportOptions
from koa_desktop.wording import decision_lines
from koa_desktop.wording.joint_space import lines as joint_space_lines
from koa_desktop.wording.language import labelled
from koa_desktop.wording.measurement_lines import value_text
from koa_desktop.wording.oarsi import lines as oarsi
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence, sentence_or_empty

_SIDES = {
    Side.RIGHT: ReportText.RIGHT_KNEE,
    Side.LEFT: ReportText.LEFT_KNEE,
    None: ReportText.UNKNOWN_KNEE,
}
_DECIDED = {Choice.AGREED: ReportText.READ_AGREED, Choice.OVERRULED: ReportText.READ_OVERRULED}
_MEASURED = {
    Kind.LENGTH: ReportText.LENGTH,
    Kind.ANGLE: ReportText.ANGLE,
    Kind.OBJECT: ReportText.OBJECT,
}
_OSTEOARTHRITIS = (
    ReportText.KL_0,
    ReportText.KL_1,
    ReportText.KL_2,
    ReportText.KL_3,
    ReportText.KL_4,
)


def page(number: int, count: int) -> str:
    """Return a page's number: `Page 1 of 2`."""
    return _say(ReportText.PAGE, number=number, count=count)


def knee(examined: ExaminedKnee) -> str:
    """Return which knee this is: `Right knee`."""
    return sentence(_SIDES[examined.knee.side])


def grade(value: int) -> str:
    """Return a grade: `KL 2`."""
    return f"KL {value}"


def prediction_set(finding: Finding) -> str:
    """Return the prediction set: `KL 1–2`; empty where there is none."""
    return f"KL {finding.set_text.replace('-', '–')}" if finding.set_text else ""


def tag(examined: ExaminedKnee, *, grades: bool, mapped: bool = False) -> str:
    """Return the tag of a knee's box: `R`, or with its grade `R  KL 2`.

    Where it is `mapped`, the grade of its map follows: `R  KL 2 · map: KL 0`.
    """
    side = examined.knee.side.value if examined.knee.side else ""
    final, explained = examined.final_grade, examined.finding.grade
    said = f"{side}  {grade(final)}".strip() if grades and final is not None else side
    has_map = mapped and explained is not None and examined.grading is not None
    of_map = _say(ReportText.MAP_TAG, grade=explained) if has_map else ""
    return " · ".join(part for part in (said, of_map) if part)


def map_title(examined: ExaminedKnee) -> str:
    """Return which grade a knee's map explains: `Map of the model's KL 0`."""
    return _say(ReportText.MAP_OF, grade=examined.finding.grade)


def heading(examination: Examination, options: ReportOptions) -> list[str]:
    """Return the lines that name a film and its reader, as far as the options allow."""
    fields = named_fields(examination, options)
    lines = [" · ".join(labelled(sentence(label), value) for label, value in fields)]
    reader = reader_name(examination, options.profile)
    lines += [labelled(sentence(ReportText.READER), reader)] if reader else []
    return [line for line in lines if line]


def conclusion(examination: Examination) -> list[str]:
    """Return one sentence per knee, or the one that says why there is none."""
    if is_not_gradable(examination.decision):
        reason = decision_lines.obstacle(examination.decision)
        return [_say(ReportText.NOT_GRADABLE_FILM, reason=reason)]
    if not examination.knees:
        return [sentence_or_empty(examination.refusal)]
    return [_conclusion(examined) for examined in examination.knees]


def _conclusion(examined: ExaminedKnee) -> str:
    """Return the conclusion on one knee: `Right knee: KL 2, minimal osteoarthritis.`."""
    finding = examined.finding
    final = examined.final_grade
    if is_not_gradable(examined.decision):
        reason = decision_lines.obstacle(examined.decision)
        return _say(ReportText.NOT_GRADABLE_KNEE, knee=knee(examined), reason=reason)
    if final is None:
        reason = sentence_or_empty(finding.refusal)
        return _say(ReportText.UNGRADED_KNEE, knee=knee(examined), reason=reason).strip()
    notes = [ReportText.ON_REQUEST] if Flag.ON_REQUEST in finding.flags else []
    if examined.reader_grade is None:
        notes.append(ReportText.UNCONFIRMED)
        notes += [ReportText.TO_REVIEW] if finding.flags else []
    return _say(
        ReportText.GRADED_KNEE_NOTED if notes else ReportText.GRADED_KNEE,
        knee=knee(examined),
        grade=grade(final),
        meaning=sentence(_OSTEOARTHRITIS[final]),
        notes="; ".join(map(sentence, notes)),
    )


def verdict(examined: ExaminedKnee) -> str:
    """Return whose grade this is, and the model's."""
    model = _model_verdict(examined.finding)
    signed = examined.signed
    if signed is not None and examined.reader_grade is None:
        if signed.model_grade != examined.finding.grade:
            model = _say(ReportText.MODEL_NOW, model=model)
        return _say(ReportText.SIGNED_UNREAD, model=model)
    if examined.reader_grade is None:
        return _say(ReportText.NOT_YET_CONFIRMED, model=capitalised(model))
    decision = examined.decision
    if decision is None or decision.choice is Choice.ALONE:
        return _say(ReportText.READ_AS, grade=grade(examined.reader_grade), model=model)
    if decision_lines.model_now(decision, examined.finding.grade):
        model = _say(ReportText.MODEL_NOW, model=model)
    return _say(
        _DECIDED[decision.choice],
        grade=grade(examined.reader_grade),
        model_grade=decision.model_grade,
        model=model,
    )


def verdicts(examination: Examination) -> list[str]:
    """Return whose each knee's grade is, and the model's, of knees that have a grade."""
    said = [(one, verdict(one)) for one in examination.knees if one.final_grade is not None]
    return [
        _say(ReportText.KNEE_NOTE, knee=knee(examined), note=text[:1].lower() + text[1:])
        for examined, text in said
    ]


def _model_verdict(finding: Finding) -> str:
    if finding.grade is None:
        return sentence(ReportText.NO_MODEL_GRADE)
    members = prediction_set(finding)
    code = ReportText.MODEL_GRADE_SET if members else ReportText.MODEL_GRADE
    return _say(code, grade=grade(finding.grade), members=members)


def osteoarthritis(probability: float) -> str:
    """Return how likely definite osteoarthritis is: `Osteoarthritis (KL 2 or more): 53 %`."""
    return _say(ReportText.OSTEOARTHRITIS, percent=100 * probability)


def reviews(examination: Examination) -> list[str]:
    """Return every reason for a review, with its knee: `Right knee, review: Two grades …`."""
    return [
        _say(ReportText.KNEE_REVIEW, knee=knee(examined), reason=reason)
        for examined in examination.knees
        if examined.finding.grade is not None
        for reason in (
            *map(sentence, examined.finding.flags),
            sentence_or_empty(examined.finding.refusal),
        )
        if reason
    ]


def joint_spaces(examination: Examination) -> list[str]:
    """Return each knee's joint widths and the notes on them."""
    return [
        _say(ReportText.KNEE_NOTE, knee=knee(examined), note=text[:1].lower() + text[1:])
        for examined in examination.knees
        if examined.joint_space is not None
        for text in (
            joint_space_lines.widths_line(examined.joint_space),
            *joint_space_lines.notes(examined.joint_space),
        )
    ]


def readings(examination: Examination) -> list[str]:
    """Return each knee's OARSI readings in a sentence, of gradable knees that have them."""
    said = [
        (one, oarsi.findings_sentence(one.oarsi_grades))
        for one in examination.knees
        if not is_not_gradable(one.decision)
    ]
    return [
        _say(ReportText.KNEE_NOTE, knee=knee(examined), note=text[:1].lower() + text[1:])
        for examined, text in said
        if text
    ]


def measurements(examination: Examination) -> list[str]:
    """Return a line for each measurement: `Measured 1: length 12.3 mm, at the detector.`."""
    spacing = examination.radiograph.spacing
    return [
        _say(
            ReportText.MEASURED,
            number=number,
            kind=sentence(_MEASURED[one.kind]),
            value=value_text(one, spacing),
        )
        for number, one in enumerate(examination.measurements, 1)
    ]


def masks(examination: Examination) -> list[str]:
    """Return the line that tells how many areas of the film are black by the reader's word."""
    count = len(examination.masks)
    return [_say(ReportText.MASKED, count=count)] if count else []


def map_cells(knees: Sequence[ExaminedKnee]) -> int:
    """Return the width of the heat maps in cells; 0 without one."""
    return max(
        (examined.grading.maps.shape[1] for examined in knees if examined.grading), default=0
    )


def map_note(cells: int) -> str:
    """Return the note on the heat map; `cells` is its width in cells."""
    return _say(ReportText.MAP_NOTE, cells=cells)


def set_note(coverage: float | None) -> str:
    """Return the note on prediction sets; `coverage` (0..1) is the share of knees they hold."""
    if coverage is None:
        return sentence(ReportText.SET_NOTE)
    return _say(ReportText.SET_NOTE_COVERAGE, percent=100 * coverage)


def side_from(examined: ExaminedKnee) -> str:
    """Return the source of a knee's side; empty if it is unknown."""
    source = examined.knee.side_source
    if examined.knee.side is None or source is None:
        return ""
    return _say(ReportText.SIDE_FROM, source=sentence(source))


def findings(examination: Examination) -> str:
    """Return what is seen: as signed, else in the reader's words, else a line on each knee."""
    if examination.sign_off.signature is not None:
        return examination.sign_off.signature.findings
    if examination.dictation is not None:
        return examination.dictation.findings
    return "\n".join(map(_finding, examination.knees))


def impression(examination: Examination) -> str:
    """Return what it means: as signed, else in the reader's words, else a line on each knee."""
    if examination.sign_off.signature is not None:
        return examination.sign_off.signature.impression
    if examination.dictation is not None:
        return examination.dictation.impression
    return "\n".join(conclusion(examination))


def is_out_of_date(examination: Examination) -> bool:
    """Tell whether what they are made of has changed since the reader wrote the paragraphs."""
    dictation = examination.dictation
    if dictation is None or examination.sign_off.is_final:
        return False
    return dictation.facts != _facts(examination)


def dictation_of(examination: Examination, seen: str, meant: str) -> Dictation | None:
    """Return findings and impression as they are to be kept; None where the program makes them."""
    made = replace(examination, dictation=None)
    if (seen.strip(), meant.strip()) == (findings(made), impression(made)):
        return None
    return Dictation(seen, meant, _facts(examination))


def as_text(examination: Examination) -> str:
    """Return both paragraphs with their headings, for another program."""
    parts = (
        (ReportText.FINDINGS, findings(examination).strip()),
        (ReportText.IMPRESSION, impression(examination).strip()),
        (ReportText.COMMENT, examination.comment.strip()),
    )
    told = [labelled(sentence(heading), text) for heading, text in parts if text]
    told += [labelled(head, text) for head, text in addenda(examination)]
    status = decision_lines.status(examination.sign_off)
    told.append(labelled(_say(ReportText.STATUS), status))
    if is_out_of_date(examination):
        told.append(sentence(ReportText.OUT_OF_DATE))
    return "\n\n".join(told)


def addenda(examination: Examination) -> list[tuple[str, str]]:
    """Return the addenda: who wrote each of them and when, and its words."""
    return [(decision_lines.addendum_head(one), one.text) for one in examination.sign_off.addenda]


def reopenings(examination: Examination) -> list[str]:
    """Return why a final reading was reopened, a sentence for each time."""
    return [decision_lines.reopening(one) for one in examination.sign_off.reopenings]


def _finding(examined: ExaminedKnee) -> str:
    final = examined.final_grade
    comment = examined.comment.strip()
    if is_not_gradable(examined.decision):
        return f"{_conclusion(examined)} {comment}".strip()
    space = examined.joint_space
    if final is None:
        said = _conclusion(examined)
    elif examined.reader_grade is None:
        said = _say(ReportText.FOUND_BY_MODEL, knee=knee(examined), grade=final)
    else:
        said = _say(ReportText.FOUND, knee=knee(examined), grade=final)
    read = oarsi.findings_sentence(examined.oarsi_grades)
    widths = joint_space_lines.widths_line(space, in_full=True) if space is not None else ""
    doubts = joint_space_lines.doubts(space) if space is not None else []
    parts = (said, read, widths, *doubts, comment)
    return " ".join(part for part in parts if part)


def _facts(examination: Examination) -> str:
    """Return all that the program's own paragraphs are made of, in short."""
    return " | ".join([_obstacle(examination.decision), *map(_facts_on, examination.knees)])


def _facts_on(examined: ExaminedKnee) -> str:
    side = examined.knee.side.value if examined.knee.side else "?"
    if obstacle := _obstacle(examined.decision):
        return f"{side} {obstacle} {examined.comment}"
    given_by = "model" if examined.reader_grade is None else "reader"
    grades, space = examined.oarsi_grades, examined.joint_space
    read = "".join(str(grades[name]) for name in OARSI_NAMES if name in grades)
    parts = [part for _, part in space.named_compartments] if space and not space.reason else []
    widths = [_width(part.minimal) for part in parts]
    told = [side, f"KL {examined.final_grade}", given_by, read, *widths, examined.comment]
    return " ".join(one for one in told if one)


def _obstacle(decision: Decision | None) -> str:
    if decision is None or decision.obstacle is None:
        return ""
    return f"{decision.obstacle.value} {decision.remark}"


def _width(width: Width | None) -> str:
    if width is None:
        return "-"
    return f"{width.share:.3f}/{width.millimetres or 0:.1f}"


def _say(code: ReportText, **arguments: object) -> str:
    """Return a text of a report with its arguments."""
    return sentence(Message.of(code, **arguments))
