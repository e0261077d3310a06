"""The knees of a report as HTML: their pictures, grades, probabilities and flags."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.examination.decision import is_not_gradable
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, percents
from koa_desktop.imaging.masks import Mask
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import words
from koa_desktop.report.markup import PRINT_SHARPNESS, Pictures, escape, groups, text
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.page import body_width
from koa_desktop.report.pictures import knees as knee_pictures
from koa_desktop.wording import (
    decision_lines,
    kellgren_lawrence,
)
from koa_desktop.wording.joint_space import lines as joint_space_lines
from koa_desktop.wording.language import is_right_to_left, labelled, with_full_stop
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence

GAP = 20
PICTURE_GAP = 6
LARGE_CROP, SMALL_CROP = 164, 130  # of a knee that shares its page with nothing, and of others
ACCENT, PALE = (46, 117, 182), (178, 190, 204)


def knees(
    examination: Examination, radiograph: Radiograph, options: ReportOptions, pictures: Pictures
) -> str:
    """Return the knees: a single one over the whole width, several in two columns."""
    width = body_width(options.paper)
    column = (width - GAP) // 2
    is_alone = len(examination.knees) == 1 and not options.courses
    most = LARGE_CROP if is_alone else SMALL_CROP
    parts = [
        (
            _knee_pictures(radiograph, knee, examination.masks, options, pictures, column, most),
            _knee_words(knee, pictures, column),
        )
        for knee in examination.knees
    ]
    if len(parts) == 1:
        return _knee_row(list(parts[0]), width, column)
    cards = [shown + said for shown, said in parts]
    return "".join(_knee_row(pair, width, column) for pair in groups(cards, 2))


def _knee_row(cells: list[str], width: int, column: int) -> str:
    first, second = (*cells, "")[:2]
    return (
        f'<table width="{width}" cellspacing="0" cellpadding="0" style="margin-top: 8px"><tr>'
        f'<td width="{column}" valign="top">{first}</td><td width="{GAP}"></td>'
        f'<td width="{column}" valign="top">{second}</td></tr></table>'
    )


def _knee_pictures(
    radiograph: Radiograph,
    examined: ExaminedKnee,
    masks: Sequence[Mask],
    options: ReportOptions,
    pictures: Pictures,
    column: int,
    most: int,
) -> str:
    side = min((column - PICTURE_GAP) // 2, most)
    size = side * PRINT_SHARPNESS
    if options.show_joint_space:
        crop = knee_pictures.joint_picture(radiograph, examined, size)
    else:
        crop = knee_pictures.crop_picture(radiograph, examined.knee.box, size)
    heading = _heading(examined)
    heat = None
    if options.show_heat_map:
        heat = knee_pictures.heat_picture(radiograph, examined, size, options.colour_map, masks)
    if heat is None:
        return f"{heading}<p>{pictures.tag(crop, side, side)}</p>"
    ends = [text(ReportText.LESS), text(ReportText.MORE)]
    # Each word stands beside its colour, whichever way the line runs.
    first, last = reversed(ends) if is_right_to_left() else ends
    title = escape(words.map_title(examined))
    scale = pictures.tag(knee_pictures.legend(180, 18, options.colour_map), 60, 6)
    return (
        f'{heading}<table cellspacing="0" cellpadding="0" style="margin-top: 4px"><tr>'
        f"<td>{pictures.tag(crop, side, side)}</td>"
        f'<td style="padding-left: {PICTURE_GAP}px">{pictures.tag(heat, side, side)}</td></tr>'
        f'<tr><td colspan="2" align="right" class="muted" style="padding-top: 4px">'
        f"{labelled(title, f'{first} {scale} {last}')}</td></tr></table>"
    )


def _heading(examined: ExaminedKnee) -> str:
    """Return which knee this is, with its grade."""
    final = examined.final_grade
    if final is None:
        grade = f'<span class="grade">{text(ReportText.NOT_GRADED)}</span>'
    else:
        grade = (
            f'<span class="grade">{escape(words.grade(final))}</span> '
            f'<span class="name">{escape(kellgren_lawrence.grade_name(final))}</span>'
        )
    return f'<p class="knee">{escape(words.knee(examined))} &nbsp; {grade}</p>'


def _knee_words(examined: ExaminedKnee, pictures: Pictures, column: int) -> str:
    finding, final = examined.finding, examined.final_grade
    lines = []
    if final is not None:
        lines.append(
            f'<p class="small" style="margin-top: 3px">{escape(words.verdict(examined))}</p>'
        )
    elif is_not_gradable(examined.decision):
        said = decision_lines.choice(examined.decision)
        lines.append(f'<p class="small">{escape(with_full_stop(capitalised(said)))}</p>')
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
    lines.append(f'<p class="muted" style="margin-top: 3px">{escape(capitalised(said))}</p>')
    return "".join(lines)


def _joint_space(examined: ExaminedKnee) -> list[str]:
    """Return why the widths, which the table has, are missing or in doubt."""
    space = examined.joint_space
    if space is None:
        return []
    missing = [joint_space_lines.widths_line(space)] if space.reason else []
    return [_warning("", note) for note in (*missing, *joint_space_lines.notes(space))]


def _warning(label: str, content: str) -> str:
    said = labelled(f"<b>{escape(label)}</b>", escape(content)) if label else escape(content)
    return f'<p class="review">{said}</p>'


def _bars(finding: Finding, pictures: Pictures, column: int) -> str:
    length = column - 88
    lines = []
    shares = zip(finding.probability, percents(finding.probability), strict=True)
    for grade, (share, percent) in enumerate(shares):
        colour = ACCENT if grade == finding.grade else PALE
        shape = knee_pictures.bar(share, colour, length * PRINT_SHARPNESS, 8 * PRINT_SHARPNESS)
        lines.append(
            f'<tr><td width="44" align="left" class="small">{escape(words.grade(grade))}</td>'
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
