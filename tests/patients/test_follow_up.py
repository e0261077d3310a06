"""Change over time: noise is not called progress, and what is more than noise is."""

from datetime import date

import pytest

from koa_desktop.joint_space.measure import CompartmentName
from koa_desktop.patients.follow_up import CONDYLES_MM, KneeWidth, Visit, course
from koa_desktop.radiograph import Side, SpacingOrigin
from koa_desktop.wording.patients.follow_up_lines import course_lines

MEDIAL = CompartmentName.MEDIAL
AT_DETECTOR = SpacingOrigin.AT_DETECTOR


def visit(
    year, medial, grade=2, *, origin=AT_DETECTOR, possible=None, mine=True, version=2, error=None
):
    share = error and error / CONDYLES_MM
    width = KneeWidth(MEDIAL, medial / CONDYLES_MM, medial if origin else None, False, share, error)
    return Visit(date(year, 7, 1), grade, mine, possible or (grade,), (width,), origin, version)


def trend(*visits):
    (found,) = course(Side.RIGHT, visits).trends
    return found


def test_the_change_a_year_is_the_slope_with_the_error_of_one_width():
    found = trend(visit(2016, 5.0), visit(2020, 3.0))
    assert found.per_year == pytest.approx(-0.5, abs=0.001)
    # Two films four years apart: 0.44 mm x sqrt(2) / 4.
    assert found.error == pytest.approx(0.44 * 2**0.5 / 4, rel=0.001)
    assert found.is_change


def test_each_width_is_weighed_by_its_own_error():
    # A straight line through 5.0 and 4.0; the film between is off by 3 mm and doubtful.
    sure = visit(2016, 5.0, error=0.3), visit(2020, 4.0, error=0.3)
    off = trend(*sure, visit(2019, 7.25, error=3.0))
    assert off.per_year == pytest.approx(trend(*sure).per_year, abs=0.02)
    assert trend(*sure, visit(2019, 7.25, error=0.3)).per_year > off.per_year + 0.1


def test_the_change_has_the_error_of_both_widths():
    found = trend(visit(2016, 5.0, error=0.3), visit(2020, 3.8, error=0.4))
    assert found.change == pytest.approx((-1.2, 0.5))
    assert found.is_change
    assert not trend(visit(2016, 5.0, error=0.5), visit(2020, 3.8, error=0.6)).is_change
    said = course_lines(course(Side.RIGHT, [visit(2016, 5.0, error=0.3), visit(2020, 3.8)]))
    assert said[2] == ("From the first film to the last: -1.2 mm, with a standard error of 0.5 mm.")


def test_shares_have_errors_of_shares():
    films = [
        visit(2016, 5.0, error=0.87),
        visit(2020, 3.0, origin=SpacingOrigin.CALIBRATED, error=0.87),
    ]
    assert course(Side.LEFT, films).trends[0].errors == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("later", [3.6, 5.4])
def test_noise_is_no_progress(later):
    assert not trend(visit(2018, 4.5), visit(2019, later)).is_change
    said = " ".join(course_lines(course(Side.RIGHT, (visit(2018, 4.5), visit(2019, later)))))
    assert "no change is shown" in said


def test_more_films_make_a_smaller_change_sure():
    two = trend(visit(2014, 4.4), visit(2020, 3.302))
    many = trend(*(visit(year, 4.4 - 0.183 * (year - 2014)) for year in range(2014, 2021)))
    assert not two.is_change
    assert many.is_change
    assert many.per_year == pytest.approx(two.per_year, abs=0.001)


def test_films_of_different_scales_are_compared_as_shares():
    found = course(Side.LEFT, [visit(2016, 5.0), visit(2020, 3.0, origin=SpacingOrigin.CALIBRATED)])
    assert not found.in_mm
    assert found.trends[0].per_year == pytest.approx(100 * -0.5 / CONDYLES_MM, abs=0.001)
    assert any("condyles' width" in line for line in course_lines(found))


def test_a_line_has_the_width_then_and_now_with_dates():
    found = course(Side.RIGHT, (visit(2016, 5.0), visit(2020, 3.0)))
    low, high = found.trends[0].interval
    assert course_lines(found)[1] == (
        "Medial space: 5.0 mm on 01 Jul 2016, 3.0 mm on 01 Jul 2020. -0.50 mm a year "
        f"(95 % {low:+.2f} to {high:+.2f}), narrower by more than the error of measurement."
    )


def test_widths_of_two_versions_are_not_compared():
    found = course(Side.RIGHT, [visit(2016, 5.0, 1, version=1), visit(2020, 3.0)])
    assert found.trends == ()
    assert course_lines(found) == [
        "KL 1 on 01 Jul 2016, KL 2 on 01 Jul 2020.",
        "The joint space widths of 01 Jul 2016 were measured by an earlier version of the model "
        "and are not comparable with newer ones; grade that film again.",
    ]


def test_a_film_of_an_earlier_version_is_left_out_of_the_change_of_the_others():
    early = visit(2014, 9.0, origin=SpacingOrigin.CALIBRATED, version=1)
    late = visit(2022, 9.0, version=1)
    newer = visit(2016, 5.0), visit(2020, 3.0)
    found = course(Side.RIGHT, [late, *newer, early])
    assert found.in_mm
    assert found.trends == course(Side.RIGHT, newer).trends
    assert [one.day.year for one in found.outdated] == [2014, 2022]
    assert "of 01 Jul 2014, 01 Jul 2022 were measured" in course_lines(found)[-1]
    assert course_lines(found)[-1].endswith("grade those films again.")


def test_films_of_one_earlier_version_are_compared():
    found = course(Side.RIGHT, [visit(2016, 5.0, version=1), visit(2020, 3.0, version=1)])
    assert found.trends[0].is_change
    assert not found.outdated


def test_overlapping_ranges_of_the_model_are_no_change_of_grade():
    doubtful = course(
        Side.RIGHT,
        [
            visit(2016, 4, 2, possible=(1, 2), mine=False),
            visit(2018, 4, 3, possible=(2, 3), mine=False),
        ],
    )
    assert not doubtful.is_grade_change
    assert "may be no change" in course_lines(doubtful)[0]
    sure = course(Side.RIGHT, [visit(2016, 4, 1), visit(2018, 4, 3)])
    assert sure.is_grade_change
    assert course_lines(sure)[0] == "KL 1 on 01 Jul 2016, KL 3 on 01 Jul 2018."
