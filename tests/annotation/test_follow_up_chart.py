"""The chart of a knee over time: everything lies within its area, and dots at their values."""

from datetime import date

from koa_desktop.annotation.colours import Colour
from koa_desktop.annotation.follow_up_chart import ChartStyle, chart
from koa_desktop.annotation.shapes import Label, Rect, Strokes
from koa_desktop.joint_space.measure import CompartmentName
from koa_desktop.patients.follow_up import KneeWidth, Visit, course
from koa_desktop.radiograph import Side, SpacingOrigin

AREA = Rect(0, 0, 500, 300)
BLUE, BROWN = Colour(0, 0, 255), Colour(120, 60, 0)
STYLE = ChartStyle(
    Colour(255, 255, 255), Colour(0, 0, 0), Colour(220, 220, 220), BLUE, BROWN, 12,
    lambda text, pixels: 0.6 * pixels * len(text),
)  # fmt: skip


def visit(year, medial, lateral, grade, version=2):
    widths = (
        KneeWidth(CompartmentName.MEDIAL, medial / 87, medial),
        KneeWidth(CompartmentName.LATERAL, lateral / 87, lateral),
    )
    at_detector = SpacingOrigin.AT_DETECTOR
    return Visit(date(year, 1, 1), grade, True, (grade,), widths, at_detector, version)


KNEE = course(Side.RIGHT, [visit(2012, 5, 6, 1), visit(2013, 4, 6, 2), visit(2022, 2, 6, 4)])


def test_every_shape_lies_within_the_area():
    for shape in chart(KNEE, AREA, STYLE):
        if isinstance(shape, Label):
            assert AREA.grown(1).holds(shape.rect), shape.text
        elif isinstance(shape, Strokes):
            assert all(AREA.contains(point) for line in shape.lines for point in line)


def test_the_medial_line_falls_and_the_lateral_one_stays():
    shapes = [shape for shape in chart(KNEE, AREA, STYLE) if isinstance(shape, Strokes)]
    (medial,) = [one for one in shapes if one.colour == BLUE and len(one.lines[0]) == 3]
    (lateral,) = [one for one in shapes if one.colour == BROWN and len(one.lines[0]) == 3]
    heights = [y for _, y in medial.lines[0]]
    assert heights == sorted(heights)
    assert len({round(y, 6) for _, y in lateral.lines[0]}) == 1
    assert lateral.dash
    assert not medial.dash
    # Time runs to scale: the first two films are a year apart, the last two nine.
    first, second, third = (x for x, _ in medial.lines[0])
    assert 8.5 < (third - second) / (second - first) < 9.5


def test_widths_of_an_earlier_version_are_not_drawn():
    earlier = visit(2002, 9, 9, 0, version=1)
    knee = course(Side.RIGHT, [earlier, *KNEE.visits])
    shapes = [shape for shape in chart(knee, AREA, STYLE) if isinstance(shape, Strokes)]
    for colour in (BLUE, BROWN):
        drawn = {x for one in shapes if one.colour == colour for line in one.lines for x, _ in line}
        # Its grade stands at the left, 10 of 20 years before the next film.
        assert min(drawn) > AREA.right / 3
    marks = [one.text for one in chart(knee, AREA, STYLE) if isinstance(one, Label)]
    assert "01 Jan 2002" in marks


def test_the_first_and_the_last_day_are_named_and_no_two_names_overlap():
    labels = [shape for shape in chart(KNEE, AREA, STYLE) if isinstance(shape, Label)]
    days = [label for label in labels if "Jan" in label.text]
    assert {"01 Jan 2012", "01 Jan 2022"} <= {label.text for label in days}
    assert not any(a.rect.intersects(b.rect) for a in days for b in days if a is not b)
