"""The part of a report on how the patient's knees changed: a chart and sentences for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from koa_desktop.annotation.colours import Colour
from koa_desktop.annotation.follow_up_chart import ChartStyle, chart
from koa_desktop.annotation.shapes import Rect
from koa_desktop.patients.follow_up import Course
from koa_desktop.report.markup import PRINT_SHARPNESS, Pictures, escape
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.page import body_width
from koa_desktop.report.pictures.letters import Letters
from koa_desktop.report.pictures.shape_painter import paint
from koa_desktop.wording.patients.follow_up import KNEES, FollowUpText
from koa_desktop.wording.patients.follow_up_lines import course_lines, error_line
from koa_desktop.wording.sentences import sentence

_HEIGHT, _GRADES_HEIGHT, _GAP, _LETTERS = 190, 100, 20, 9  # in layout pixels
_PAPER = ChartStyle(
    ground=Colour(255, 255, 255),
    ink=Colour(59, 64, 72),
    faint=Colour(216, 221, 228),
    medial=Colour(46, 117, 182),
    lateral=Colour(176, 88, 20),
    pixels=_LETTERS * PRINT_SHARPNESS,
    text_width=lambda text, pixels: Letters(pixels, bold=True).width(text),
)


def follow_up(options: ReportOptions, pictures: Pictures) -> str:
    """Return the part as HTML; empty without earlier films, or where no date is told."""
    if not options.courses or not options.profile.names_patient:
        return ""
    width = body_width(options.paper)
    column = (width - _GAP) // 2
    has_trends = any(course.trends for course in options.courses)
    note = f'<p class="muted">{escape(error_line())}</p>' if has_trends else ""
    if len(options.courses) == 1:
        # The lines stand beside the chart, so that both stay on the first page.
        cells = [_chart(options.courses[0], column, pictures), _lines(options.courses[0]) + note]
        note = ""
    else:
        cells = [_chart(one, column, pictures) + _lines(one) for one in options.courses]
    shown = f'<td width="{_GAP}"></td>'.join(
        f'<td width="{column}" valign="top">{cell}</td>' for cell in cells
    )
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0" style="margin-top: 8px">'
        f'<tr><td colspan="3"><p class="heading">{escape(sentence(FollowUpText.TITLE))}</p></td>'
        f"</tr><tr>{shown}</tr></table>{note}"
    )


def _chart(course: Course, column: int, pictures: Pictures) -> str:
    """Return a knee's chart under its name."""
    height = _HEIGHT if course.trends else _GRADES_HEIGHT
    shown = pictures.tag(chart_picture(course, column, height), column, height)
    return f'<p class="knee">{escape(sentence(KNEES[course.side]))}</p><p>{shown}</p>'


def _lines(course: Course) -> str:
    return "".join(f'<p class="small">{escape(line)}</p>' for line in course_lines(course))


def chart_picture(course: Course, width: int, height: int) -> NDArray[np.uint8]:
    """Return a knee's chart RGB (h, w, 3) uint8 for a place of that size in layout pixels."""
    size = width * PRINT_SHARPNESS, height * PRINT_SHARPNESS
    image = Image.new("RGB", size, _PAPER.ground.rgb)
    paint(image, chart(course, Rect(0, 0, *size), _PAPER))
    return np.asarray(image)
