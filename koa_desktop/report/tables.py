"""The examinations as a table (CSV) and in full (JSON)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.grading.finder import BoxContent
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.knees.box import Shown
from koa_desktop.message import Message
from koa_desktop.radiograph import Header
from koa_desktop.report import joint_space, measurements, provenance
from koa_desktop.wording.sentences import sentence, sentence_or_empty


class Row(NamedTuple):
    """One line of the table, as text: one knee, or one file without knees.

    `box_x`, `box_y` and `box_size` are the box's left, top and side in image pixels. `grade` is the
    reader's grade where there is one, else the model's. `set` is like `2-3`; `flags` are joined by
    `;`. What is not known is empty. Those from `jsw_medial` to `jsw_flag` are
    `joint_space.columns`. `confidence` (0..1) is the finder's that a knee is there, `shown` one of
    knees.Shown.
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


COLUMNS = Row._fields


def rows(file: str, examination: Examination) -> list[Row]:
    """Return one row per knee of an examination, or one for the file where it has none.

    `file` is the path as the caller was given it.
    """
    whole = Row(
        file,
        view=provenance.view(examination.radiograph),
        refusal=sentence_or_empty(examination.refusal),
        model=examination.model,
    )
    return [_knee_row(whole, examined) for examined in examination.knees] or [whole]


def failed_row(file: str, error: Message | str, model: str = "") -> Row:
    """Return the row of a file that could not be read; `error` tells why."""
    return Row(file, error=sentence(error), model=model)


def csv_bytes(table: Iterable[Row]) -> bytes:
    r"""Return the table as CSV: UTF-8 without a byte order mark, commas, lines ended by `\r\n`.

    Values stand as they are: a file name that begins with `=` is not altered, so that programs
    find the file again. In Excel, import the file as text rather than open it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(table)
    return text.getvalue().encode("utf-8", "backslashreplace")


def document(
    file: str, examination: Examination, made_at: datetime, *, names: bool = False
) -> dict[str, Any]:
    """Return everything known of an examination, ready for JSON.

    Header fields are in it only where `names` is true: nearly all of them can identify.
    """
    radiograph = examination.radiograph
    spacing = radiograph.spacing
    return {
        "file": file,
        "format": radiograph.file_format,
        "sha256": radiograph.sha256,
        "width": radiograph.width,
        "height": radiograph.height,
        "pixel_spacing": spacing
        and {
            "row_mm": spacing.row_mm,
            "column_mm": spacing.column_mm,
            "origin": spacing.origin.value,
        },
        "view": provenance.view(radiograph) or None,
        "inverted": radiograph.inverted,
        "inverted_by": radiograph.inverted_by.value if radiograph.inverted_by else "",
        "notes": list(radiograph.notes),
        **({"header": _header(radiograph.header)} if names else {}),
        "knees": [_knee(examined) for examined in examination.knees],
        "refusal": sentence_or_empty(examination.refusal),
        "comment": examination.comment,
        "measurements": measurements.document(examination),
        **({"reader": examination.reader} if names else {}),
        "model": {"name": examination.model, "sha256": examination.model_sha256},
        "finder": {"name": examination.finder},
        "program": {"name": provenance.PROGRAM, "version": provenance.program_version()},
        "made_at": made_at.isoformat(timespec="seconds"),
        "note": provenance.NOT_A_DEVICE,
    }


def failed_document(file: str, error: Message | str, made_at: datetime) -> dict[str, Any]:
    """Return what is known of a file that could not be read, ready for JSON."""
    return {
        "file": file,
        "error": sentence(error),
        "program": {"name": provenance.PROGRAM, "version": provenance.program_version()},
        "made_at": made_at.isoformat(timespec="seconds"),
    }


def json_bytes(documents: Sequence[dict[str, Any]]) -> bytes:
    """Return documents as a JSON list, UTF-8, for people and programs to read."""
    text = json.dumps(documents, ensure_ascii=False, indent=1, allow_nan=False)
    # Only undecodable bytes of a file name cannot be encoded; `\udcff` is how JSON writes them.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _knee_row(whole: Row, examined: ExaminedKnee) -> Row:
    knee, finding = examined.knee, examined.finding
    shares = [f"{share:.4f}" for share in finding.probability] or [""] * GRADES
    return whole._replace(
        side=knee.side.value if knee.side else "",
        view=_view(whole.view, finding.shown),
        implant=_implant(finding.shown),
        box_x=f"{knee.box.left:.1f}",
        box_y=f"{knee.box.top:.1f}",
        box_size=f"{knee.box.size:.1f}",
        grade="" if finding.final_grade is None else str(finding.final_grade),
        p0=shares[0],
        p1=shares[1],
        p2=shares[2],
        p3=shares[3],
        p4=shares[4],
        set=finding.set_text,
        flags=";".join(flag.value for flag in finding.flags),
        refusal=sentence_or_empty(finding.refusal),
        **joint_space.columns(examined.joint_space),
        confidence="" if knee.confidence is None else f"{knee.confidence:.4f}",
        shown=finding.shown.value if finding.shown else "",
    )


def _view(of_header: str, shown: Shown | None) -> str:
    """Return a knee's view: what its box shows goes before the header's word."""
    if shown in (Shown.NATIVE, Shown.IMPLANT):
        return "frontal"
    if shown is Shown.NOT_FRONTAL:
        return of_header if of_header != "frontal" else Shown.NOT_FRONTAL.value
    return of_header


def _implant(shown: Shown | None) -> str:
    return {Shown.NATIVE: "no", Shown.IMPLANT: "yes"}.get(shown, "") if shown else ""


def _knee(examined: ExaminedKnee) -> dict[str, Any]:
    knee, finding = examined.knee, examined.finding
    return {
        "side": knee.side.value if knee.side else None,
        "side_source": knee.side_source.value if knee.side_source else "",
        "box": {
            "left": round(knee.box.left, 2),
            "top": round(knee.box.top, 2),
            "size": round(knee.box.size, 2),
        },
        "placed_by_user": knee.placed_by_user,
        "grade": finding.final_grade,
        "model_grade": finding.grade,
        "reader_grade": finding.reader_grade,
        "probability": [round(share, 6) for share in finding.probability] or None,
        "prediction_set": list(finding.prediction_set) if finding.prediction_set else None,
        "distance": examined.grading.distance if examined.grading else None,
        "flags": [{"flag": flag.value, "sentence": sentence(flag)} for flag in finding.flags],
        "refusal": sentence_or_empty(finding.refusal),
        "confidence": knee.confidence,
        "shown": finding.shown.value if finding.shown else None,
        "looked_at": examined.content and _content(examined.content),
        "joint_space": joint_space.document(examined.joint_space),
    }


def _content(content: BoxContent) -> dict[str, Any]:
    return {
        "probability": {
            shown.value: round(share, 6)
            for shown, share in zip(Shown, content.probability, strict=True)
        },
        "side_by_fibula": content.side.value if content.side else None,
        "side_probability": round(content.side_probability, 6),
    }


def _header(header: Header) -> dict[str, str]:
    return {
        "patient_name": header.patient_name,
        "patient_id": header.patient_id,
        "birth_date": header.birth_date.isoformat() if header.birth_date else "",
        "sex": header.sex,
        "study_date": header.study_date.isoformat() if header.study_date else "",
        "study_description": header.study_description,
        "accession_number": header.accession_number,
        "institution": header.institution,
        "body_part": header.body_part,
        "view_position": header.view_position,
        "study_uid": header.study_uid,
        "series_uid": header.series_uid,
        "instance_uid": header.instance_uid,
    }
