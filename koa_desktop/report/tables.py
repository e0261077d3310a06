"""The examinations as a table (CSV)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import NamedTuple

from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.joint_space.measure import Compartment, JointSpace
from koa_desktop.knees.box import BoxClass
from koa_desktop.message import Message
from koa_desktop.report import joint_space_values, provenance
from koa_desktop.report.naming.fields import header_columns, reader_name
from koa_desktop.report.options import Profile
from koa_desktop.wording.sentences import english


class Row(NamedTuple):
    """One line of the table, as text: one knee, or one file without knees.

    `box_x`, `box_y` and `box_size` are the box's left, top and side in image pixels. `grade` is the
    reader's grade where there is one, else the model's. `set` is like `2-3`; `flags` are joined by
    `;`. Unknown values are empty. `jsw_medial` and `jsw_lateral` are minimal widths, `jsw_unit`
    their unit with its source, `jsw_flag` flags joined by `;`. `confidence` (0..1) is the finder's
    that a knee is there, `shown` one of knees.BoxClass. `notes` are sentences on what reading did
    to the film. `model_grade` is the model's grade; `decision` is what the reader did, one of
    decision.Choice, `decided_on` the model's name and grade at that time, like `koa 0.8.0 KL 2`,
    and `decided_at` the time in UTC (ISO 8601). `not_gradable` is why the reader gave no grade, one
    of decision.Obstacle, or `other: ` and the reader's words; `comment` is on this knee. Then come
    the grades (0..3) of the OARSI readings, the reader's where there is one, else the program's.
    `status` is one of sign_off.Status, `signed_at` the time of the signature like `decided_at`, and
    `addenda` are on the film, joined by blanks. Grades and readings of a final one are as signed.

    `reader` gave `reader_grade` at `read_at`, the time of the decision; `film_comment` is on the
    film. Patient and study are named where the profile of the export names them, the reader where
    it names readers; dates are in ISO 8601. `reader_readings` are the OARSI readings that the
    reader gave, joined by `;`; then come the model's grades of all six. `jsw_medial_error` and
    `jsw_lateral_error` are the standard errors of the minimal widths, empty where the reader drew
    the margins; `bone_on_bone` names the compartments whose margins meet, joined by `;`;
    `jsw_medial_x15` is the width at 0.15 of the condyles' width from the medial edge, and so on.
    """

    file: str
    side: str = ""
    view: str = ""
    implant: str = ""
    box_x: str = ""
    box_y: str = ""
    box_size: str = ""
    grade: str = ""
    p0: str = ""
    p1: str = ""
    p2: str = ""
    p3: str = ""
    p4: str = ""
    set: str = ""
    flags: str = ""
    refusal: str = ""
    error: str = ""
    model: str = ""
    jsw_medial: str = ""
    jsw_lateral: str = ""
    jsw_unit: str = ""
    jsw_flag: str = ""
    confidence: str = ""
    shown: str = ""
    notes: str = ""
    model_grade: str = ""
    decision: str = ""
    decided_on: str = ""
    decided_at: str = ""
    not_gradable: str = ""
    comment: str = ""
    jsn_medial: str = ""
    jsn_lateral: str = ""
    osteophyte_femur_medial: str = ""
    osteophyte_femur_lateral: str = ""
    osteophyte_tibia_medial: str = ""
    osteophyte_tibia_lateral: str = ""
    status: str = ""
    signed_at: str = ""
    addenda: str = ""
    reader: str = ""
    reader_grade: str = ""
    read_at: str = ""
    film_comment: str = ""
    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    study_description: str = ""
    accession_number: str = ""
    institution: str = ""
    reader_readings: str = ""
    model_jsn_medial: str = ""
    model_jsn_lateral: str = ""
    model_osteophyte_femur_medial: str = ""
    model_osteophyte_femur_lateral: str = ""
    model_osteophyte_tibia_medial: str = ""
    model_osteophyte_tibia_lateral: str = ""
    jsw_medial_error: str = ""
    jsw_lateral_error: str = ""
    bone_on_bone: str = ""
    jsw_medial_x15: str = ""
    jsw_medial_x20: str = ""
    jsw_medial_x25: str = ""
    jsw_medial_x30: str = ""
    jsw_lateral_x70: str = ""
    jsw_lateral_x75: str = ""
    jsw_lateral_x80: str = ""
    jsw_lateral_x85: str = ""
    jsw_lateral_x90: str = ""


COLUMNS = Row._fields

NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
# The second part: a spreadsheet that separates by semicolons splits a cell at each of them. The
# apostrophes count as part of it, so that `unguarded` finds exactly those that were added.
_STARTS = r"\A(?='*[=+\-@＝＋－＠\t\r\n])|(?<=[;\t\r\n])(?='*[=+\-@＝＋－＠])"
_FORMULA = re.compile(_STARTS)
_GUARD = re.compile(_STARTS.replace("(?='", "'(?='"))


def rows(file: str, examination: Examination, profile: Profile = Profile.PSEUDONYMOUS) -> list[Row]:
    """Return one row per knee of an examination, or one for the file where it has none.

    `file` is what the export calls the file.
    """
    signature = examination.sign_off.signature
    whole = Row(
        file,
        view=provenance.view(examination.radiograph),
        refusal=english(examination.refusal),
        model=examination.model,
        notes=" ".join(map(english, examination.radiograph.notes)),
        reader=reader_name(examination, profile),
        film_comment=examination.comment,
        **header_columns(examination.radiograph.header, profile),
        **_decision(examination.decision),
        status=examination.sign_off.status.value,
        signed_at=signature.at if signature else "",
        addenda=" ".join(one.text for one in examination.sign_off.addenda),
    )
    return [_knee_row(whole, examined) for examined in examination.knees] or [whole]


def failed_row(file: str, error: Message | None, model: str = "") -> Row:
    """Return the row of a file that could not be read; `error` tells why."""
    return Row(file, error=english(error), model=model)


def csv_bytes(table: Iterable[Row]) -> bytes:
    r"""Return the table as CSV: UTF-8 without a byte order mark, commas, lines ended by `\r\n`.

    A text that a spreadsheet would take for a formula gets an apostrophe, see `guarded`.
    """
    return csv_rows([COLUMNS, *table])


def csv_rows(table: Iterable[Iterable[str]]) -> bytes:
    """Return rows as they stand in the table, without the line of the columns' names."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(map(guarded, row) for row in table)
    return text.getvalue().encode("utf-8", "backslashreplace")


def read_csv(content: bytes) -> tuple[list[str], list[Row]]:
    """Return the columns' names and the whole rows of a table that `csv_bytes` made.

    A last row that is not whole is left out, and so are all rows where the columns are others.
    """
    whole = content[: content.rfind(b"\n") + 1].decode("utf-8-sig", "replace")
    columns, *lines = list(csv.reader(io.StringIO(whole, newline=""))) or [[]]
    if tuple(columns) != COLUMNS:
        return columns, []
    return columns, [Row(*map(unguarded, line)) for line in lines if len(line) == len(COLUMNS)]


def guarded(cell: str) -> str:
    """Return a cell with an apostrophe before all that a spreadsheet would take for a formula.

    That is `=`, `+`, `-` or `@` at the start or after a separator, and a tab or line break at the
    start (OWASP, "CSV Injection"). Numbers stay as they are. `unguarded` undoes it.
    """
    return cell if NUMBER.fullmatch(cell) else _FORMULA.sub("'", cell)


def unguarded(cell: str) -> str:
    """Return what `guarded` was given, so that programs find a file again by its name."""
    return _GUARD.sub("", cell)


def _knee_row(whole: Row, examined: ExaminedKnee) -> Row:
    knee, finding = examined.knee, examined.finding
    shares = [f"{share:.4f}" for share in finding.probability] or [""] * GRADES
    return whole._replace(
        side=knee.side.value if knee.side else "",
        view=_view(whole.view, finding.box_class),
        implant=_implant(finding.box_class),
        box_x=f"{knee.box.left:.1f}",
        box_y=f"{knee.box.top:.1f}",
        box_size=f"{knee.box.size:.1f}",
        grade="" if examined.final_grade is None else str(examined.final_grade),
        p0=shares[0],
        p1=shares[1],
        p2=shares[2],
        p3=shares[3],
        p4=shares[4],
        set=finding.set_text,
        flags=";".join(flag.value for flag in finding.flags),
        refusal=english(finding.refusal),
        **_joint_space(examined.joint_space),
        confidence="" if knee.confidence is None else f"{knee.confidence:.4f}",
        shown=finding.box_class.value if finding.box_class else "",
        model_grade="" if finding.grade is None else str(finding.grade),
        reader_grade="" if examined.reader_grade is None else str(examined.reader_grade),
        **_decision(examined.decision),
        comment=examined.comment,
        **{name.value: str(grade) for name, grade in examined.oarsi_grades.items()},
        reader_readings=";".join(name.value for name, _ in examined.reader_readings),
        **{f"model_{one.name.value}": str(one.grade) for one in finding.readings},
    )


def _view(of_header: str, shown: BoxClass | None) -> str:
    """Return a knee's view: what its box shows goes before the header's word."""
    if shown in (BoxClass.NATIVE, BoxClass.IMPLANT):
        return "frontal"
    if shown is BoxClass.NOT_FRONTAL:
        return of_header if of_header != "frontal" else BoxClass.NOT_FRONTAL.value
    return of_header


def _implant(shown: BoxClass | None) -> str:
    return {BoxClass.NATIVE: "no", BoxClass.IMPLANT: "yes"}.get(shown, "") if shown else ""


def _joint_space(space: JointSpace | None) -> dict[str, str]:
    """Return the columns of a joint space; empty where nothing was measured or without a side."""
    if space is None:
        return {}
    return {
        "jsw_medial": _width(space.medial),
        "jsw_lateral": _width(space.lateral),
        "jsw_unit": "" if space.reason else _unit(space),
        "jsw_flag": joint_space_values.flags(space),
        "jsw_medial_error": _error(space.medial),
        "jsw_lateral_error": _error(space.lateral),
        "bone_on_bone": ";".join(
            name.value
            for name, part in space.named_compartments
            if joint_space_values.is_bone_on_bone(part)
        ),
        **{
            f"jsw_{name.value}_x{100 * x:.0f}": f"{width:.2f}"
            for name, part in space.named_compartments
            if space.side is not None
            for x, width in joint_space_values.at_places(name, part)
        },
    }


def _decision(decision: Decision | None) -> dict[str, str]:
    """Return the columns of the reader's decision; empty where there is none."""
    if decision is None:
        return {}
    obstacle = decision.obstacle.value if decision.obstacle else ""
    grade = "" if decision.model_grade is None else f" KL {decision.model_grade}"
    return {
        "decision": decision.choice.value,
        "decided_on": f"{decision.model}{grade}",
        "decided_at": decision.at,
        "read_at": decision.at,
        "not_gradable": f"{obstacle}: {decision.remark}" if decision.remark else obstacle,
    }


def _unit(space: JointSpace) -> str:
    origin = space.spacing_origin
    return f"mm {origin.value}" if origin else joint_space_values.CONDYLE_WIDTH


def _width(part: Compartment | None) -> str:
    if part is None or part.minimal is None:
        return ""
    width, _ = joint_space_values.figure(part.minimal)
    return f"{width:.2f}"


def _error(part: Compartment | None) -> str:
    if part is None or part.error is None:
        return ""
    error, _ = joint_space_values.figure(part.error)
    return f"{error:.2f}"
