"""The summary of a batch: its knees by grade and side as table and chart, and what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from koa_desktop.examination.findings import Flag
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.report import provenance
from koa_desktop.report.markup import PRINT_SHARPNESS, Pictures, escape, text
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.page import Report, body_width
from koa_desktop.report.pictures.knees import bar
from koa_desktop.report.tables import Row
from koa_desktop.system.paths import RESOURCES
from koa_desktop.wording.language import is_right_to_left, labelled, time_text, with_full_stop
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

CHART_WIDTH, BAR_HEIGHT = 330, 10
ACCENT = (46, 117, 182)
_GRADES = (*map(str, range(GRADES)), "")  # the last one: no grade


def summary_report(rows: Sequence[Row], options: ReportOptions) -> Report:
    """Return the summary of a table's rows, ready to be laid out."""
    pictures = Pictures()
    width = body_width(options.paper)
    made_at = options.made_at or datetime.now().astimezone()
    knees = [row for row in rows if row.side or row.box_size]
    style = Path(RESOURCES / "report" / "report.css").read_text(encoding="utf-8")
    files = len({row.file for row in rows})
    flagged = [row for row in rows if row.flags or row.refusal or row.error]
    direction = "rtl" if is_right_to_left() else "ltr"
    html = (
        f'<html dir="{direction}"><head><style>{style}</style></head><body>'
        f'<p class="title">{text(ReportText.SUMMARY)}</p>'
        f'<p class="sentence">{escape(labelled(sentence(ReportText.FILES), files))} · '
        f"{escape(labelled(sentence(ReportText.KNEES), len(knees)))} · "
        f"{escape(time_text(made_at))}</p>"
        f"{_counts(knees, pictures, width)}"
        f'<p class="heading" style="margin-top: 14px">'
        f"{escape(labelled(sentence(ReportText.TO_LOOK_AT), len(flagged)))}</p>"
        f"{_flagged(flagged, width)}</body></html>"
    )
    return Report(
        title=sentence(ReportText.SUMMARY),
        html=html,
        images=pictures.images,
        running_head=sentence(ReportText.SUMMARY),
        footer=f"{with_full_stop(provenance.program())} {sentence(ReportText.NOT_A_DEVICE)}",
        paper=options.paper,
        author=options.reader if options.profile.names_reader else "",
    )


def summary_bytes(rows: Iterable[Row], options: ReportOptions) -> bytes:
    """Return the summary as PDF."""
    # Imported here: Qt is needed for a PDF alone.
    from koa_desktop.report import pdf

    return pdf.pdf_bytes(summary_report(list(rows), options))


def _counts(knees: Sequence[Row], pictures: Pictures, width: int) -> str:
    """Return the numbers of knees by grade and side, with a bar for each grade."""
    counts = Counter((row.grade, row.side) for row in knees)
    most = max((_total(counts, grade) for grade in _GRADES), default=0)
    labels = (ReportText.RIGHT_KNEE, ReportText.LEFT_KNEE, ReportText.UNKNOWN_KNEE)
    head = [f'<td align="right" class="label">{text(label)}</td>' for label in labels]
    lines = [_line('<td width="90"></td>', *head, f'<td width="{CHART_WIDTH + 75}"></td>')]
    for grade in _GRADES:
        said = f"KL {grade}" if grade else sentence(ReportText.NOT_GRADED)
        total = _total(counts, grade)
        cells = [f'<td align="right">{counts[grade, side]}</td>' for side in ("R", "L", "")]
        length = round(CHART_WIDTH * total / most) if most else 0
        shape = ""
        if length:
            size = length * PRINT_SHARPNESS, BAR_HEIGHT * PRINT_SHARPNESS
            shape = pictures.tag(bar(1, ACCENT, *size), length, BAR_HEIGHT)
        chart = f'<td style="padding-left: 16px; padding-right: 16px">{shape} {total}</td>'
        lines.append(_line(f"<td>{escape(said)}</td>", *cells, chart))
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="2" style="margin-top: 10px">'
        f"{''.join(lines)}</table>"
    )


def _total(counts: Counter[tuple[str, str]], grade: str) -> int:
    return sum(number for (of, _), number in counts.items() if of == grade)


def _flagged(rows: Sequence[Row], width: int) -> str:
    lines = [
        _line(
            f'<td width="35%" class="small">{escape(_film(row))}</td>',
            f'<td width="10%" class="small">{escape(row.side)}</td>',
            f'<td width="10%" class="small">{escape(f"KL {row.grade}" if row.grade else "")}</td>',
            f'<td class="small">{escape(_reason(row))}</td>',
        )
        for row in rows
    ]
    return f'<table width="{width}" cellspacing="0" cellpadding="2">{"".join(lines)}</table>'


def _film(row: Row) -> str:
    """Return the film's file and, where known, its patient: a CD may call all files alike."""
    return " · ".join(part for part in (row.file, row.patient_name, row.patient_id) if part)


def _reason(row: Row) -> str:
    """Return why a knee or a film is to be looked at, in sentences."""
    flags = (sentence(Flag(flag)) for flag in row.flags.split(";") if flag)
    return row.error or row.refusal or " ".join(flags)


def _line(*cells: str) -> str:
    """Return a table's line, which Qt lays out from left to right in every language."""
    return f"<tr>{''.join(cells[::-1] if is_right_to_left() else cells)}</tr>"
