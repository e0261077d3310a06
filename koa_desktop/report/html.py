"""The report of one examination as HTML with its pictures: one template for PDF, print, preview.

The HTML keeps to what QTextDocument renders; all lengths are pixels at 96 to the inch.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import Template

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import provenance, words
from koa_desktop.report.knees.cards import knees
from koa_desktop.report.knees.findings_table import findings_table
from koa_desktop.report.markup import PRINT_SHARPNESS, Pictures, escape, groups, printable, text
from koa_desktop.report.naming.fields import as_named, maker_name, named_fields, reader_name
from koa_desktop.report.options import PictureOptions, Profile, ReportOptions
from koa_desktop.report.page import Report, body_width
from koa_desktop.report.patients.follow_up import follow_up
from koa_desktop.report.pictures.annotated import marked
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.safe_write import safe_name
from koa_desktop.wording.language import is_right_to_left, time_text, with_full_stop
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence

FILM_SIDE, SMALL_FILM_SIDE = 212, 186  # the latter leaves room for the chart of earlier films
# Characters; longer texts leave the box beside the film and may break over pages.
LONG_COMMENT = 450
LONG_WORDS = 850  # of findings and impression together
WHOLE_IMAGE = 0.9  # a box over more of the image than this shows the same as the film
FIELDS_A_ROW = 5
# The Arabic font's lines are so tall that two knees would not fit on a page.
ARABIC_LINES = (
    ".field, .label, .heading, .knee, .sentence, .small, .muted, .review, .side "
    "{ line-height: 75%; }"
)
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|mm\b)")
MAX_FIELD = 120  # characters; DICOM names end at 64 for each way of writing them


def report_html(
    examination: Examination, radiograph: Radiograph, options: ReportOptions | None = None
) -> Report:
    """Return the report of one examination.

    Everything from the file's header and from the user is escaped; what names patient, file, reader
    or clinic is shown as `options.profile` allows.
    """
    options = options or ReportOptions()
    examination = as_named(examination, options.profile)
    pictures = Pictures()
    made_at = options.made_at or datetime.now().astimezone()
    width = body_width(options.paper)
    beside, below = _texts(examination, options)
    html = Template(_resource("report.html")).substitute(
        css=_resource("report.css") + (ARABIC_LINES if is_right_to_left() else ""),
        direction="rtl" if is_right_to_left() else "ltr",
        width=width,
        letterhead=_letterhead(options, width),
        title=text(ReportText.TITLE),
        fields=_field_table(_fields(examination, options, made_at), width),
        film=_film(examination, radiograph, options, pictures),
        conclusion=beside,
        long_texts=below,
        findings_table=findings_table(examination, options),
        knees=knees(examination, radiograph, options, pictures),
        follow_up=follow_up(options, pictures),
        notes=escape(_notes(examination, options)),
        signature=_signature(examination, width) if options.profile.names_reader else "",
    )
    return Report(
        title=report_name(examination, options),
        html=html,
        images=pictures.images,
        running_head=_running_head(examination, options),
        footer=f"{with_full_stop(provenance.line(examination))} "
        f"{sentence(ReportText.NOT_A_DEVICE)}",
        paper=options.paper,
        author=reader_name(examination, options.profile),
    )


def report_name(examination: Examination, options: ReportOptions) -> str:
    """Return a report's default file name without its ending.

    It carries the patient's name, else the file's, and the study date where the profile names them;
    else the study code, or the film's number.
    """
    header, parts = examination.radiograph.header, ["knee report"]
    if options.profile.names_patient:
        parts.append(header.patient_name or examination.radiograph.path.stem)
        parts.append(header.study_date.isoformat() if header.study_date else "")
    elif options.profile is Profile.PSEUDONYMOUS:
        parts.append(options.study_code)
    else:
        parts.append(str(options.number))
    return safe_name(" ".join(part for part in parts if part))


@lru_cache(maxsize=4)
def _resource(name: str) -> str:
    return Path(RESOURCES / "report" / name).read_text(encoding="utf-8")


def _letterhead(options: ReportOptions, width: int) -> str:
    is_named = options.profile.names_reader
    told = (*(options.clinic_lines if is_named else ()), sentence(ReportText.KIND))
    lines = "<br/>".join(escape(line) for line in told if line)
    name = escape(options.clinic_name if is_named and options.clinic_name else provenance.PROGRAM)
    first, last = ("right", "left") if is_right_to_left() else ("left", "right")
    cells = [
        f'<td width="55%" align="{first}" valign="middle" class="clinic">{name}</td>',
        f'<td align="{last}" valign="middle" class="muted">{lines}</td>',
    ]
    shown = "".join(cells[::-1] if is_right_to_left() else cells)
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0"><tr>{shown}</tr>'
        '<tr><td colspan="2" style="font-size: 6px">&nbsp;</td></tr>'
        '<tr><td colspan="2" class="rule">&nbsp;</td></tr></table>'
    )


def _fields(
    examination: Examination, options: ReportOptions, made_at: datetime
) -> list[tuple[str, str]]:
    """Return label and value of what names the film, of time and maker, and of the reader."""
    told = [
        *named_fields(examination, options),
        (ReportText.REPORTED, time_text(made_at)),
        (ReportText.MADE_BY, maker_name(examination, options)),
        (ReportText.READER, reader_name(examination, options.profile)),
    ]
    told.append((ReportText.STATUS, capitalised(sentence(examination.sign_off.status))))
    return [(sentence(label), _short(value)) for label, value in told if value]


def _short(value: str) -> str:
    return value if len(value) <= MAX_FIELD else f"{value[:MAX_FIELD]}…"


def _field_table(fields: list[tuple[str, str]], width: int) -> str:
    cells = [
        f'<td width="{width // FIELDS_A_ROW}" class="field" '
        'style="padding-bottom: 3px; padding-right: 8px">'
        f'<span class="label">{escape(label)}</span><br/>'
        f'<span class="value">{escape(value)}</span></td>'
        for label, value in fields
    ]
    cells += ["<td></td>"] * (-len(cells) % FIELDS_A_ROW)
    # Qt lays out a table's cells from left to right in every language.
    order = -1 if is_right_to_left() else 1
    lines = [f"<tr>{''.join(line[::order])}</tr>" for line in groups(cells, FIELDS_A_ROW)]
    return f'<table width="{width}" cellspacing="0" cellpadding="0">{"".join(lines)}</table>'


def _film(
    examination: Examination, radiograph: Radiograph, options: ReportOptions, pictures: Pictures
) -> str:
    """Return the cell with the whole radiograph; empty where a knee's own picture shows it.

    Measurements are drawn on it, so it is always included if there are any.
    """
    area = radiograph.width * radiograph.height
    with_measurements = options.show_measurements and bool(examination.measurements)
    shown_below = any(knee.knee.box.size**2 > WHOLE_IMAGE * area for knee in examination.knees)
    if shown_below and not with_measurements:
        return ""
    side = SMALL_FILM_SIDE if options.courses else FILM_SIDE
    film = marked(
        examination,
        radiograph,
        side * PRINT_SHARPNESS,
        PictureOptions(show_measurements=with_measurements),
    )
    height, width = film.shape[:2]
    scale = side / max(height, width)
    shown = pictures.tag(film, width * scale, height * scale)
    return (
        f'<td width="{width * scale + 20:.0f}" style="padding: 10px" valign="middle">{shown}</td>'
    )


def _texts(examination: Examination, options: ReportOptions) -> tuple[str, str]:
    """Return the texts beside the film, and those that are too long for that."""
    seen, meant = words.findings(examination), words.impression(examination)
    beside, below = "", ""
    for html, is_long in (
        (_findings(seen), len(seen) + len(meant) > LONG_WORDS),
        (_impression(examination, meant), len(meant) > LONG_WORDS),
        (_film_lines(examination, options), False),
        (_comment(examination.comment), len(examination.comment) > LONG_COMMENT),
    ):
        if is_long:
            below += html
        else:
            beside += html
    return beside, below + _remarks(examination)


def _findings(said: str) -> str:
    if not said:
        return ""
    return f'<p class="heading">{text(ReportText.FINDINGS)}</p>{_lines(said, "small")}'


def _impression(examination: Examination, said: str) -> str:
    heading = f'<p class="heading" style="margin-top: 8px">{text(ReportText.IMPRESSION)}</p>'
    stale = words.is_out_of_date(examination)
    note = f'<p class="review">{text(ReportText.OUT_OF_DATE)}</p>' if stale else ""
    return f"{heading}{_lines(said, 'sentence')}{note}"


def _film_lines(examination: Examination, options: ReportOptions) -> str:
    """Return the measurements, and the notes on the film as a whole."""
    measured = words.measurements(examination) if options.show_measurements else []
    notes = [sentence(note) for note in examination.radiograph.notes]
    measured += words.masks(examination)
    return _lines("\n".join(measured), "small") + _lines("\n".join(notes), "review")


def _lines(said: str, style: str) -> str:
    # A number stands in one line with its unit.
    lines = (_BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", line) for line in said.splitlines() if line)
    return "".join(f'<p class="{style}">{escape(line)}</p>' for line in lines)


def _comment(comment: str) -> str:
    if not comment.strip():
        return ""
    lines = "<br/>".join(escape(line) for line in comment.strip().splitlines())
    return (
        f'<p class="label" style="margin-top: 12px">{text(ReportText.COMMENT)}</p>'
        f'<p class="sentence">{lines}</p>'
    )


def _notes(examination: Examination, options: ReportOptions) -> str:
    graded = [knee for knee in examination.knees if knee.finding.probability]
    if not graded:
        return ""
    mapped = words.map_cells(graded) if options.show_heat_map else 0
    notes = [words.map_note(mapped)] if mapped else []
    return " ".join([*notes, sentence(ReportText.BARS_NOTE), words.set_note(options.set_coverage)])


def _remarks(examination: Examination) -> str:
    """Return the addenda, and why a final reading was reopened."""
    reopened = [f'<p class="review">{escape(line)}</p>' for line in words.reopenings(examination)]
    addenda = [
        f'<p class="heading" style="margin-top: 8px">{escape(head)}</p>{_lines(said, "sentence")}'
        for head, said in words.addenda(examination)
    ]
    return "".join(reopened + addenda)


def _signature(examination: Examination, width: int) -> str:
    """Return the line to sign on, or who has signed and when above it."""
    line = "border-top: 1px solid #8b929c"
    side = (width - 40) // 2
    labels = ReportText.SIGNATURE, ReportText.DATE
    # An empty row, because Qt counts the margin of a table twice where a page ends.
    rows = [['<td style="font-size: 14px">&nbsp;</td>']]
    signature = examination.sign_off.signature
    if signature is not None:
        at = time_text(datetime.fromisoformat(signature.at).astimezone())
        labels = ReportText.SIGNED_BY, ReportText.SIGNED_ON
        told = [f'<td class="value">{escape(one)}</td>' for one in (signature.reader, at)]
        rows.append([told[0], "<td></td>", told[1]])
    name, day = (
        f'<td width="{side}" class="muted" style="{line}">{text(label)}</td>' for label in labels
    )
    rows.append([name, '<td width="40"></td>', day])
    order = -1 if is_right_to_left() else 1
    lines = "".join(f"<tr>{''.join(row[::order])}</tr>" for row in rows)
    return f'<table width="{width}" cellspacing="0" cellpadding="0">{lines}</table>'


def _running_head(examination: Examination, options: ReportOptions) -> str:
    header = examination.radiograph.header
    parts = [sentence(ReportText.TITLE)]
    if options.profile.names_patient:
        parts += [header.patient_name, header.patient_id]
    return " · ".join(printable(part) for part in parts if part)
