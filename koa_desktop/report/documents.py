"""The examinations in full, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from koa_desktop.examination import decision
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    length_mm,
    length_px,
)
from koa_desktop.examination.sign_off import Remark, SignOff
from koa_desktop.grading.finder import BoxContent
from koa_desktop.imaging import masks
from koa_desktop.joint_space.measure import Compartment, CompartmentName, Floats, JointSpace
from koa_desktop.knees.box import Box, BoxClass
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Identity, PixelSpacing, StoredGrid
from koa_desktop.report import joint_space_values, provenance, words
from koa_desktop.report.naming.fields import header_columns, reader_name
from koa_desktop.report.options import Profile
from koa_desktop.wording import language
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import english

# Of docs/results.schema.json; a change that readers of the files must know of raises it.
SCHEMA_VERSION = 1


def document(
    file: str,
    examination: Examination,
    made_at: datetime,
    profile: Profile = Profile.PSEUDONYMOUS,
) -> dict[str, Any]:
    """Return everything known of an examination, ready for JSON.

    Header and checksum, by which somebody who has the film finds its patient, are part of it only
    where the profile names the patient.
    """
    radiograph = examination.radiograph
    spacing = radiograph.spacing
    named = profile.names_patient
    header = _header(radiograph.header, examination.identity) if named else {}
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "format": radiograph.file_format,
        **({"sha256": radiograph.sha256} if named else {}),
        "width": radiograph.width,
        "height": radiograph.height,
        "stored": _stored(radiograph.grid),
        "pixel_spacing": spacing
        and {
            "row_mm": spacing.row_mm,
            "column_mm": spacing.column_mm,
            "origin": spacing.origin.value,
        },
        "view": provenance.view(radiograph) or None,
        "inverted": radiograph.inverted,
        "inverted_by": radiograph.inverted_by.value if radiograph.inverted_by else "",
        "notes": [english(note) for note in radiograph.notes],
        "letters": _letters(examination),
        **({"header": header} if header else {}),
        "knees": [_knee(examined, radiograph.grid) for examined in examination.knees],
        "refusal": english(examination.refusal),
        "decision": decision.to_json(examination.decision),
        **_paragraphs(examination),
        "dictated": examination.dictation is not None,
        "out_of_date": words.is_out_of_date(examination),
        "comment": examination.comment,
        "measurements": _measurements(examination),
        "masks": masks.to_json(examination.masks),
        **_sign_off(examination.sign_off, named=profile.names_reader),
        **({"reader": reader_name(examination, profile)} if profile.names_reader else {}),
        "model": {"name": examination.model, "sha256": examination.model_sha256},
        "finder": {"name": examination.finder},
        "program": {"name": provenance.PROGRAM, "version": provenance.program_version()},
        "made_at": made_at.isoformat(timespec="seconds"),
        "note": english(ReportText.NOT_A_DEVICE),
    }


def _paragraphs(examination: Examination) -> dict[str, str]:
    """Return findings and impression: the reader's as written, the program's in English."""
    with language.in_english():
        return {
            "findings": words.findings(examination),
            "impression": words.impression(examination),
        }


def _sign_off(sign_off: SignOff, *, named: bool) -> dict[str, Any]:
    """Return status, signature, addenda and reopenings, with the readers' names if `named`."""
    signature = sign_off.signature

    def remark(one: Remark) -> dict[str, str]:
        return {"text": one.text, "at": one.at, **({"reader": one.reader} if named else {})}

    return {
        "status": sign_off.status.value,
        "signed_at": signature.at if signature else None,
        **({"signed_by": signature.reader if signature else None} if named else {}),
        "signed_model": signature.model if signature else None,
        "addenda": [remark(one) for one in sign_off.addenda],
        "reopenings": [remark(one) for one in sign_off.reopenings],
    }


def failed_document(file: str, error: Message | None, made_at: datetime) -> dict[str, Any]:
    """Return what is known of a file that could not be read, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "error": english(error),
        "program": {"name": provenance.PROGRAM, "version": provenance.program_version()},
        "made_at": made_at.isoformat(timespec="seconds"),
    }


def json_bytes(documents: Sequence[dict[str, Any]]) -> bytes:
    """Return documents as a JSON list, UTF-8, for people and programs to read."""
    text = json.dumps(documents, ensure_ascii=False, indent=1, allow_nan=False)
    # Only undecodable bytes of a file name cannot be encoded; `\udcff` is how JSON writes them.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _stored(grid: StoredGrid) -> dict[str, Any]:
    """Return how the file has its pixels, ready for JSON.

    `to_stored` brings a place (x, y, 1) of this document to the file's own pixels. Whole numbers
    are borders of pixels there and here: the first pixel's middle is (0.5, 0.5).
    """
    return {
        "width": grid.width,
        "height": grid.height,
        "mirrored": grid.mirrored,
        "quarter_turns": grid.quarters,
        "stretch_x": grid.stretch_x,
        "stretch_y": grid.stretch_y,
        "to_stored": [[round(part, 6) for part in row] for row in grid.to_stored],
    }


def _stored_box(box: Box, grid: StoredGrid) -> dict[str, float]:
    """Return a box in the file's own pixels, where it need not be square."""
    corners = [
        grid.stored_point(x, y)
        for x, y in ((box.left, box.top), (box.left + box.size, box.top + box.size))
    ]
    (left, right), (top, bottom) = (sorted(places) for places in zip(*corners, strict=True))
    return {
        "left": round(left, 2),
        "top": round(top, 2),
        "width": round(right - left, 2),
        "height": round(bottom - top, 2),
    }


def _knee(examined: ExaminedKnee, grid: StoredGrid) -> dict[str, Any]:
    knee, finding = examined.knee, examined.finding
    return {
        "side": knee.side.value if knee.side else None,
        "side_source": knee.side_source.value if knee.side_source else "",
        "box": {
            "left": round(knee.box.left, 2),
            "top": round(knee.box.top, 2),
            "size": round(knee.box.size, 2),
        },
        "stored_box": _stored_box(knee.box, grid),
        "placed_by_user": knee.placed_by_user,
        "grade": examined.final_grade,
        "model_grade": finding.grade,
        "reader_grade": examined.reader_grade,
        "decision": decision.to_json(examined.decision),
        "comment": examined.comment,
        "probability": [round(share, 6) for share in finding.probability] or None,
        "prediction_set": list(finding.prediction_set) if finding.prediction_set else None,
        "distance": examined.grading.distance if examined.grading else None,
        "flags": [{"flag": flag.value, "sentence": english(flag)} for flag in finding.flags],
        "refusal": english(finding.refusal),
        "confidence": knee.confidence,
        "shown": finding.box_class.value if finding.box_class else None,
        "looked_at": examined.content and _content(examined.content),
        "joint_space": _joint_space(examined.joint_space),
        "oarsi": _oarsi(examined),
    }


def _oarsi(examined: ExaminedKnee) -> dict[str, Any] | None:
    """Return the OARSI readings ready for JSON; `grade` is as signed, else the reader's, if any.

    None where there are none, as without a side. A final reading may have some that the present
    model does not give: then its grade and probabilities are None.
    """
    given = dict(examined.reader_readings)
    by_model = {one.name: one for one in examined.finding.readings}
    readings = {
        name.value: {
            "grade": grade,
            "model_grade": by_model[name].grade if name in by_model else None,
            "reader_grade": given.get(name),
            "probability": [round(share, 6) for share in by_model[name].probability]
            if name in by_model
            else None,
        }
        for name, grade in examined.oarsi_grades.items()
    }
    return readings or None


def _letters(examination: Examination) -> list[dict[str, Any]]:
    """Return the R and L that were read on the film: their middles and heights in image pixels."""
    letters = examination.knees[0].letters if examination.knees else ()
    return [
        {
            "letter": letter.side.value,
            "mirrored": letter.mirrored,
            "x": round(letter.x, 1),
            "y": round(letter.y, 1),
            "height": round(letter.height, 1),
            "probability": round(letter.probability, 4),
        }
        for letter in letters
    ]


def _content(content: BoxContent) -> dict[str, Any]:
    return {
        "probability": {
            shown.value: round(share, 6)
            for shown, share in zip(BoxClass, content.probability, strict=True)
        },
        "side_by_fibula": content.side.value if content.side else None,
        "side_probability": round(content.side_probability, 6),
    }


def _header(header: Header, typed: Identity) -> dict[str, str | list[str]]:
    """Return the header; `typed` names the fields that the reader typed, if any."""
    found = header_columns(header, Profile.PATIENT)
    by_reader = [name for name in found if getattr(typed, name, None)]
    return {
        **found,
        **({"typed": by_reader} if by_reader else {}),
        "body_part": header.body_part,
        "view_position": header.view_position,
        "study_uid": header.study_uid,
        "series_uid": header.series_uid,
        "instance_uid": header.instance_uid,
    }


def _joint_space(space: JointSpace | None) -> dict[str, Any] | None:
    """Return a joint space ready for JSON.

    `x`, `femur` and `tibia` are lists in image pixels: columns, and the rows of both margins there,
    null where there is none. Without a side, `left` and `right` are the viewer's.
    """
    if space is None:
        return None
    names = ("left", "right") if space.side is None else ("medial", "lateral")
    x, femur, tibia = _lines(space)
    return {
        "x": _numbers(x),
        "femur": _numbers(femur),
        "tibia": _numbers(tibia),
        **dict.fromkeys(names),
        **{name.value: _compartment(name, part) for name, part in space.named_compartments},
        "spacing_origin": space.spacing_origin.value if space.spacing_origin else None,
        "flag": joint_space_values.flags(space),
        "reason": english(space.reason),
        "corrected": space.correction is not None,
    }


def _lines(space: JointSpace) -> tuple[Floats, Floats, Floats]:
    """Return columns and the rows of both margins there, from the viewer's left.

    On a turned leg the margins' own points lie beside each other.
    """
    lines = [_line(part) for part in (space.left, space.right) if part is not None]
    if not lines:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    x, femur, tibia = (np.concatenate(values) for values in zip(*lines, strict=True))
    return x, femur, tibia


def _line(part: Compartment) -> tuple[Floats, Floats, Floats]:
    x = (part.femur[:, 0] + part.tibia[:, 0]) / 2
    femur, tibia = (np.interp(x, margin[:, 0], margin[:, 1]) for margin in (part.femur, part.tibia))
    return x, femur, tibia


def _numbers(values: Floats) -> list[float | None]:
    return [round(float(value), 2) if np.isfinite(value) else None for value in values]


def _compartment(name: CompartmentName, part: Compartment) -> dict[str, Any]:
    code = part.reason or part.flag
    found: dict[str, Any] = {"min": None, "min_x": None, "mean": None, "unit": None}
    error = None if part.error is None else joint_space_values.figure(part.error)[0]
    if part.minimal is not None and part.mean is not None and part.narrowest is not None:
        (least, unit), (mean, _) = map(joint_space_values.figure, (part.minimal, part.mean))
        found = {
            "min": round(least, 4),
            "min_x": round(float(part.narrowest[:, 0].mean()), 2),
            "mean": round(mean, 4),
            "unit": unit,
        }
    return {
        **found,
        "flag": code.value if code else "",
        "sentence": english(code),
        "corrected": part.corrected,
        "error": None if error is None else round(error, 4),
        "error_pixels": None if part.error is None else round(part.error.pixels, 3),
        "bone_on_bone": joint_space_values.is_bone_on_bone(part),
        "at_places": [
            {"x": x, "width": round(width, 4)}
            for x, width in joint_space_values.at_places(name, part)
        ],
    }


def _measurements(examination: Examination) -> list[dict[str, Any]]:
    """Return the measurements ready for JSON: points in image pixels, values where known."""
    spacing = examination.radiograph.spacing
    return [
        {
            "kind": one.kind.value,
            "points": [[round(x, 2), round(y, 2)] for x, y in one.points],
            **_values(one, spacing),
        }
        for one in examination.measurements
    ]


def _values(one: Measurement, spacing: PixelSpacing | None) -> dict[str, Any]:
    if one.kind is Kind.ANGLE:
        return {"degrees": round(angle_degrees(one, spacing), 2)}
    return {
        **({} if one.diameter_mm is None else {"diameter_mm": one.diameter_mm}),
        "px": round(length_px(one), 2),
        "mm": round(length_mm(one, spacing), 3) if spacing else None,
    }
