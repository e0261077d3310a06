"""The table of a report: what was found on each knee, side by side.

The reader's values come first, with an asterisk, and the model's stand beside those that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.joint_space.measure import Compartment, CompartmentName
from koa_desktop.message import Code, Message
from koa_desktop.report import words
from koa_desktop.report.markup import escape
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.page import body_width
from koa_desktop.wording.joint_space import lines as joint_space_lines
from koa_desktop.wording.language import is_right_to_left
from koa_desktop.wording.oarsi import lines as oarsi
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence

KNEES_A_TABLE = 2
LABEL_WIDTH = 190
LINE = "border-bottom: 1px solid #d8dde4"
NOTHING = "–"
_READINGS = (
    (ReportText.NARROWING_ROW, OarsiName.JSN_MEDIAL),
    (ReportText.FEMUR_ROW, OarsiName.OSTEOPHYTE_FEMUR_MEDIAL),
    (ReportText.TIBIA_ROW, OarsiName.OSTEOPHYTE_TIBIA_MEDIAL),
)  # each with its medial reading

Cells = tuple[str, ...]  # of one knee: one over both compartments, or one for each


class Row(NamedTuple):
    """A row of the table: what it tells, and the cells of each knee; no cell has HTML."""

    label: str
    knees: tuple[Cells, ...]


def findings_table(examination: Examination, options: ReportOptions) -> str:
    """Return the table as HTML, two knees in one; empty where no knee has a value."""
    tables = []
    for first in range(0, len(examination.knees), KNEES_A_TABLE):
        shown = examination.knees[first : first + KNEES_A_TABLE]
        found = rows(shown)
        if found:
            tables.append(_table(shown, found, body_width(options.paper)))
    errors = [joint_space_lines.error_note(one.joint_space) for one in examination.knees]
    notes = dict.fromkeys([sentence(ReportText.TABLE_NOTE), *filter(None, errors)])
    note = f'<p class="muted" style="margin-top: 3px">{escape(" ".join(notes))}</p>'
    return "".join([*tables, note]) if tables else ""


def rows(knees: Sequence[ExaminedKnee]) -> list[Row]:
    """Return the rows that have a value for one of the knees; empty where none has any."""
    found = [Row(sentence(ReportText.GRADE_ROW), tuple((_grade(one),) for one in knees))]
    for label, medial in _READINGS:
        if any(medial in one.oarsi_grades for one in knees):
            cells = tuple((_reading(one, medial), _reading(one, medial.opposite)) for one in knees)
            found.append(Row(sentence(label), cells))
    if any(one.joint_space is not None for one in knees):
        label = ReportText.SHARE_ROW if any(map(_has_shares, knees)) else ReportText.WIDTH_ROW
        found.append(Row(sentence(label), tuple(map(_widths, knees))))
    is_graded = any(one.final_grade is not None for one in knees)
    return found if is_graded or len(found) > 1 else []


def _grade(examined: ExaminedKnee) -> str:
    if examined.final_grade is None:
        return sentence(ReportText.NOT_GRADED)
    grade = words.grade(examined.final_grade)
    if examined.reader_grade is None:
        return grade
    signed = examined.signed
    model = examined.finding.grade if signed is None else signed.model_grade
    return _beside(_by_reader(grade), model, examined.final_grade)


def _reading(examined: ExaminedKnee, name: OarsiName) -> str:
    grade = examined.oarsi_grades.get(name)
    if grade is None:
        return NOTHING
    word = oarsi.grade_word(name, grade)
    if name not in dict(examined.reader_readings):
        return f"{grade} {word}"
    model = next((one.grade for one in examined.finding.readings if one.name is name), None)
    return _beside(f"{_by_reader(str(grade))} {word}", model, grade)


def _widths(examined: ExaminedKnee) -> Cells:
    """Return a knee's minimal widths, medial first; one cell where none could be measured."""
    space = examined.joint_space
    if space is None:
        return (NOTHING,)
    parts = dict(space.named_compartments)
    if space.reason or not parts:
        return (joint_space_lines.width_or_none(None),)
    before = space.measured or space
    cells = []
    for name in _compartments(examined):
        part = parts.get(name)
        was = before.left if part is space.left else before.right
        cells.append(NOTHING if part is None else _width(name, part, was))
    return tuple(cells)


def _width(name: CompartmentName, part: Compartment, measured: Compartment | None) -> str:
    width = joint_space_lines.width_or_none(part)
    if not part.corrected:
        return joint_space_lines.judged(name, part, width)
    model = None if measured is None else joint_space_lines.width_or_none(measured)
    said = joint_space_lines.judged(name, part, _by_reader(width))
    return _beside(said, model, width)


def _has_shares(examined: ExaminedKnee) -> bool:
    """Tell whether a width is known as a share of the condyles' width only."""
    space = examined.joint_space
    named = [] if space is None or space.reason else space.named_compartments
    widths = [part.minimal for _, part in named if part.minimal is not None]
    return any(width.millimetres is None and width.share for width in widths)


def _compartments(examined: ExaminedKnee) -> tuple[CompartmentName, CompartmentName]:
    if examined.knee.side is None:
        return CompartmentName.VIEWERS_LEFT, CompartmentName.VIEWERS_RIGHT
    return CompartmentName.MEDIAL, CompartmentName.LATERAL


def _by_reader(value: str) -> str:
    return _say(ReportText.BY_READER, value=value)


def _beside(value: str, model: object, given: object) -> str:
    """Return the reader's value, with the model's beside it where there is another."""
    if model is None or model == given:
        return value
    return _say(ReportText.WITH_MODEL, value=value, model=model)


def _table(knees: Sequence[ExaminedKnee], found: Sequence[Row], width: int) -> str:
    column = (width - LABEL_WIDTH) // (2 * len(knees))
    names = [
        f'<td colspan="2" width="{2 * column}" class="side">{escape(words.knee(one))}</td>'
        for one in knees
    ]
    parts = [
        f'<td width="{column}" class="label" style="{LINE}">{escape(capitalised(sentence(name)))}'
        "</td>"
        for one in knees
        for name in _compartments(one)
    ]
    body = [
        _line(
            f'<td class="small" style="{LINE}">{escape(row.label)}</td>',
            [_cell(cell, len(cells)) for cells in row.knees for cell in cells],
        )
        for row in found
    ]
    top = _line(f'<td width="{LABEL_WIDTH}"></td>', names)
    second = _line(f'<td style="{LINE}"></td>', parts)
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="1" style="margin-top: 8px">'
        f"{top}{second}{''.join(body)}</table>"
    )


def _cell(value: str, of_knee: int) -> str:
    span = ' colspan="2"' if of_knee == 1 else ""
    return f'<td{span} class="small" style="{LINE}">{escape(value)}</td>'


def _line(label: str, cells: Sequence[str]) -> str:
    """Return a line of the table: the knees stand as on the film in every language."""
    told = [*cells, label] if is_right_to_left() else [label, *cells]
    return f"<tr>{''.join(told)}</tr>"


def _say(code: Code, **arguments: object) -> str:
    return sentence(Message.of(code, **arguments))
