"""The report of one examination as HTML with its pictures: one template for PDF, print, preview.

The HTML keeps to what QTextDocument renders; all lengths are pixels at 96 to the inch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from html import escape as html_escape
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, percents
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import knee_pictures, provenance, words
from koa_desktop.report.annotated import marked
from koa_desktop.report.options import PatientField, PictureOptions, ReportOptions
from koa_desktop.report.page import Report, body_width
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.safe_write import safe_name
from koa_desktop.wording import joint_space_lines, kellgren_lawrence
from koa_desktop.wording.dates import date_text
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

FILM_SIDE = 212
GAP = 20
PICTURE_GAP = 6
MAX_CROP_SIDE = 164
PRINT_SHARPNESS = 3  # picture pixels per layout pixel: about 300 to the inch
LONG_COMMENT = 450  # characters; longer ones leave the box beside the film and may break over pages
WHOLE_IMAGE = 0.9  # a box over more of the image than this shows the same as the film
ACCENT, PALE = (46, 117, 182), (178, 190, 204)
FIELDS_A_ROW = 4
MAX_FIELD = 120  # characters; DICOM names end at 64 for each way of writing them
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(slots=True)
class _Pictures:
    """Pictures gathered while the HTML is written; `tag` returns the element that shows one."""

    images: dict[str, NDArray[np.uint8]] = field(default_factory=dict)

    def tag(self, pixels: NDArray[np.uint8], width: float, height: float) -> str:
        name = f"picture{len(self.images)}"
        self.images[name] = pixels
        return (
            f'<img src="{name}" width="{width:.0f}" height="{height:.0f}" '
            'style="vertical-align: middle"/>'
        )


def report_html(
    examination: Examination, radiograph: Radiograph, options: ReportOptions | None = None
) -> Report:
    """Return the report of one examination.

    Everything from the file's header and from the user is escaped; no field of the header is
    shown that `options.fields` does not name.
    """
    options = options or ReportOptions()
    pictures = _Pictures()
    made_at = options.made_at or datetime.now().astimezone()
    width = body_width(options.paper)
    long_comment = len(examination.comment) > LONG_COMMENT
    html = Template(_resource("report.html")).substitute(
        css=_resource("report.css"),
        width=width,
        letterhead=_letterhead(options, width),
        title=_text(ReportText.TITLE),
        fields=_field_table(_fields(examination, options, made_at), width),
        film=_film(examination, radiograph, options, pictures),
        conclusion=_conclusion(examination, options, with_comment=not long_comment),
        long_comment=_comment(examination.comment) if long_comment else "",
        knees=_knees(examination, radiograph, options, pictures),
        notes=escape(_notes(examination, options)),
        signature=_signature(width),
    )
    return Report(
        title=report_name(examination, options),
        html=html,
        images=pictures.images,
        running_head=_running_head(examination, options),
        footer=f"{provenance.line(examination)}. {provenance.NOT_A_DEVICE}",
        paper=options.paper,
    )


def report_name(examination: Examination, options: ReportOptions) -> str:
    """Return a report's default file name without its ending.

    It carries the patient's name or the file's only where the options ask for them; else the file
    is told by its checksum.
    """
    header, parts = examination.radiograph.header, ["knee report"]
    if PatientField.NAME in options.fields:
        parts.append(header.patient_name)
    if PatientField.FILE_NAME in options.fields:
        parts.append(examination.radiograph.path.stem)
    if PatientField.STUDY_DATE in options.fields and header.study_date:
        parts.append(header.study_date.isoformat())
    if len(parts) == 1:
        parts.append(examination.radiograph.sha256[: provenance.SHA256_SHOWN])
    return safe_name(" ".join(part for part in parts if part))


def escape(text: str) -> str:
    """Return `text` for HTML: markup shown literally, control characters left out."""
    return html_escape(_CONTROL.sub(" ", text), quote=True)


def _text(code: ReportText) -> str:
    return escape(sentence(code))


@lru_cache(maxsize=4)
def _resource(name: str) -> str:
    return Path(RESOURCES / "report" / name).read_text(encoding="utf-8")


def _letterhead(options: ReportOptions, width: int) -> str:
    lines = "<br/>".join(
        escape(line) for line in (*options.clinic_lines, sentence(ReportText.KIND)) if line
    )
    name = escape(options.clinic_name or provenance.PROGRAM)
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0">'
        f'<tr><td width="55%" valign="middle" class="clinic">{name}</td>'
        f'<td align="right" valign="middle" class="muted">{lines}</td></tr>'
        '<tr><td colspan="2" style="font-size: 6px">&nbsp;</td></tr>'
        '<tr><td colspan="2" class="rule">&nbsp;</td></tr></table>'
    )


def _fields(
    examination: Examination, options: ReportOptions, made_at: datetime
) -> list[tuple[str, str]]:
    """Return label and value of the patient and study fields that are wanted."""
    header, radiograph = examination.radiograph.header, examination.radiograph

    def day(value: date | None) -> str:
        return date_text(value, options.date_format)

    known = {
        PatientField.NAME: header.patient_name,
        PatientField.ID: header.patient_id,
        PatientField.BIRTH_DATE: day(header.birth_date),
        PatientField.SEX: header.sex,
        PatientField.STUDY_DATE: day(header.study_date),
        PatientField.STUDY: header.study_description,
        PatientField.ACCESSION_NUMBER: header.accession_number,
        PatientField.INSTITUTION: header.institution,
        PatientField.FILE_NAME: radiograph.path.name,
    }
    shown = [
        (sentence(wanted.value), known[wanted])
        for wanted in PatientField
        if wanted in options.fields
    ]
    if not shown and radiograph.sha256:
        shown.append(
            (
                sentence(ReportText.CHECKSUM),
                f"sha256 {radiograph.sha256[: provenance.SHA256_SHOWN]}…",
            )
        )
    shown.append((sentence(ReportText.REPORTED), made_at.strftime(f"{options.date_format}, %H:%M")))
    shown.append((sentence(ReportText.READER), options.reader or examination.reader))
    return [(label, _short(value) or "–") for label, value in shown]


def _short(value: str) -> str:
    return value if len(value) <= MAX_FIELD else f"{value[:MAX_FIELD]}…"


def _field_table(fields: list[tuple[str, str]], width: int) -> str:
    cells = [
        f'<td width="{width // FIELDS_A_ROW}" style="padding-bottom: 3px; padding-right: 8px">'
        f'<span class="label">{escape(label)}</span><br/>'
        f'<span class="value">{escape(value)}</span></td>'
        for label, value in fields
    ]
    cells += ["<td></td>"] * (-len(cells) % FIELDS_A_ROW)
    lines = [f"<tr>{''.join(line)}</tr>" for line in _groups(cells, FIELDS_A_ROW)]
    return f'<table width="{width}" cellspacing="0" cellpadding="0">{"".join(lines)}</table>'


def _film(
    examination: Examination, radiograph: Radiograph, options: ReportOptions, pictures: _Pictures
) -> str:
    """Return the cell with the whole radiograph; empty where a knee's own picture shows it.

    What was measured is drawn on it, so that it is then always there.
    """
    area = radiograph.width * radiograph.height
    with_measurements = options.show_measurements and bool(examination.measurements)
    shown_below = any(knee.knee.box.size**2 > WHOLE_IMAGE * area for knee in examination.knees)
    if shown_below and not with_measurements:
        return ""
    film = marked(
        examination,
        radiograph,
        FILM_SIDE * PRINT_SHARPNESS,
        PictureOptions(show_measurements=with_measurements),
    )
    height, width = film.shape[:2]
    scale = FILM_SIDE / max(height, width)
    shown = pictures.tag(film, width * scale, height * scale)
    return (
        f'<td width="{width * scale + 20:.0f}" style="padding: 10px" valign="middle">{shown}</td>'
    )


def _conclusion(examination: Examination, options: ReportOptions, *, with_comment: bool) -> str:
    sentences = "".join(
        f'<p class="sentence">{escape(line)}</p>' for line in words.conclusion(examination)
    )
    lines = words.measurements(examination) if options.show_measurements else []
    measurements = "".join(f'<p class="small">{escape(line)}</p>' for line in lines)
    comment = _comment(examination.comment) if with_comment else ""
    heading = f'<p class="heading">{_text(ReportText.CONCLUSION)}</p>'
    return f"{heading}{sentences}{measurements}{comment}"


def _comment(comment: str) -> str:
    if not comment.strip():
        return ""
    lines = "<br/>".join(escape(line) for line in comment.strip().splitlines())
    return (
        f'<p class="label" style="margin-top: 12px">{_text(ReportText.COMMENT)}</p>'
        f'<p class="sentence">{lines}</p>'
    )


def _knees(
    examination: Examination, radiograph: Radiograph, options: ReportOptions, pictures: _Pictures
) -> str:
    """Return the knees: one over the whole width, more of them two beside each other."""
    width = body_width(options.paper)
    column = (width - GAP) // 2
    parts = [
        (
            _knee_pictures(radiograph, knee, options, pictures, column),
            _knee_words(knee, pictures, column),
        )
        for knee in examination.knees
    ]
    if len(parts) == 1:
        return _knee_row(list(parts[0]), width, column)
    cards = [shown + said for shown, said in parts]
    return "".join(_knee_row(pair, width, column) for pair in _groups(cards, 2))


def _knee_row(cells: list[str], width: int, column: int) -> str:
    first, second = (*cells, "")[:2]
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0" style="margin-top: 12px"><tr>'
        f'<td width="{column}" valign="top">{first}</td><td width="{GAP}"></td>'
        f'<td width="{column}" valign="top">{second}</td></tr></table>'
    )


def _knee_pictures(
    radiograph: Radiograph,
    examined: ExaminedKnee,
    options: ReportOptions,
    pictures: _Pictures,
    column: int,
) -> str:
    side = min((column - PICTURE_GAP) // 2, MAX_CROP_SIDE)
    size = side * PRINT_SHARPNESS
    if options.show_joint_space:
        crop = knee_pictures.joint_picture(radiograph, examined, size)
    else:
        crop = knee_pictures.crop_picture(radiograph, examined.knee.box, size)
    heading = f'<p class="knee">{escape(words.knee(examined))}</p>'
    heat = None
    if options.show_heat_map:
        heat = knee_pictures.heat_picture(radiograph, examined, size, options.colour_map)
    if heat is None:
        return f"{heading}<p>{pictures.tag(crop, side, side)}</p>"
    scale = pictures.tag(knee_pictures.legend(180, 18, options.colour_map), 60, 6)
    return (
        f'{heading}<table cellspacing="0" cellpadding="0" style="margin-top: 4px"><tr>'
        f"<td>{pictures.tag(crop, side, side)}</td>"
        f'<td style="padding-left: {PICTURE_GAP}px">{pictures.tag(heat, side, side)}</td></tr>'
        f'<tr><td></td><td align="right" class="muted" style="padding-top: 4px">'
        f"{_text(ReportText.LESS)} {scale} {_text(ReportText.MORE)}</td></tr></table>"
    )


def _knee_words(examined: ExaminedKnee, pictures: _Pictures, column: int) -> str:
    finding, final = examined.finding, examined.finding.final_grade
    lines = []
    if final is None:
        lines.append(f'<p class="grade">{_text(ReportText.NOT_GRADED)}</p>')
    else:
        name = f'<span class="name">{escape(kellgren_lawrence.grade_name(final))}</span>'
        lines.append(f'<p class="grade">{escape(words.grade(final))} {name}</p>')
        lines.append(f'<p class="small">{escape(words.verdict(finding))}</p>')
    if finding.probability:
        lines.append(_bars(finding, pictures, column))
    lines += _joint_space(examined)
    if finding.refusal:
        lines.append(
            _warning(
                sentence(ReportText.REVIEW) if finding.probability else "",
                sentence(finding.refusal),
            )
        )
    lines += [_warning(sentence(ReportText.REVIEW), sentence(flag)) for flag in finding.flags]
    sources = [
        words.side_from(examined),
        sentence(ReportText.BY_HAND) if examined.knee.placed_by_user else "",
    ]
    said = " · ".join(source for source in sources if source)
    lines.append(
        f'<p class="muted" style="margin-top: 3px">{escape(said[:1].upper() + said[1:])}</p>'
    )
    return "".join(lines)


def _joint_space(examined: ExaminedKnee) -> list[str]:
    space = examined.joint_space
    if space is None:
        return []
    widths = escape(joint_space_lines.widths_line(space))
    figures = f'<p class="small" style="margin-top: 3px">{widths}</p>'
    return [figures, *(_warning("", note) for note in joint_space_lines.notes(space))]


def _warning(label: str, text: str) -> str:
    before = f"<b>{escape(label)}:</b> " if label else ""
    return f'<p class="review">{before}{escape(text)}</p>'


def _bars(finding: Finding, pictures: _Pictures, column: int) -> str:
    length = column - 88
    lines = []
    shares = zip(finding.probability, percents(finding.probability), strict=True)
    for grade, (share, percent) in enumerate(shares):
        colour = ACCENT if grade == finding.grade else PALE
        shape = knee_pictures.bar(share, colour, length * PRINT_SHARPNESS, 8 * PRINT_SHARPNESS)
        lines.append(
            f'<tr><td width="44" class="small">{escape(words.grade(grade))}</td>'
            f'<td width="{length}" valign="middle">{pictures.tag(shape, length, 8)}</td>'
            f'<td width="44" align="right" class="small">{percent} %</td></tr>'
        )
    table = (
        f'<table cellspacing="0" cellpadding="0" style="margin-top: 4px">{"".join(lines)}</table>'
    )
    likely = finding.osteoarthritis_probability
    return table + (
        f'<p class="small">{escape(words.osteoarthritis(likely))}</p>' if likely is not None else ""
    )


def _notes(examination: Examination, options: ReportOptions) -> str:
    graded = [knee for knee in examination.knees if knee.finding.probability]
    if not graded:
        return ""
    mapped = words.map_cells(graded) if options.show_heat_map else 0
    notes = [words.map_note(mapped)] if mapped else []
    return " ".join([*notes, sentence(ReportText.BARS_NOTE), words.set_note(options.set_coverage)])


def _signature(width: int) -> str:
    line = "border-top: 1px solid #8b929c"
    side = (width - 40) // 2
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0" style="margin-top: 28px"><tr>'
        f'<td width="{side}" class="muted" style="{line}">{_text(ReportText.SIGNATURE)}</td>'
        f'<td width="40"></td><td width="{side}" class="muted" style="{line}">'
        f"{_text(ReportText.DATE)}</td></tr></table>"
    )


def _running_head(examination: Examination, options: ReportOptions) -> str:
    header = examination.radiograph.header
    parts = [sentence(ReportText.TITLE)]
    if PatientField.NAME in options.fields:
        parts.append(header.patient_name)
    if PatientField.ID in options.fields:
        parts.append(header.patient_id)
    return " · ".join(_CONTROL.sub(" ", part) for part in parts if part)


def _groups(items: list[str], size: int) -> Iterator[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
