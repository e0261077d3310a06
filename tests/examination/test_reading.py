from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.examination.reading import MarkedKnee, Reading, as_read, first_reading
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.radiograph import Radiograph, Side, Window
from tests.support.fake_examiner import seen

RIGHT = MarkedKnee(Knee(Box(10, 10, 100), Side.RIGHT, SideSource.HEADER))
LEFT = MarkedKnee(Knee(Box(300, 10, 100), Side.LEFT, SideSource.HEADER))


@pytest.fixture
def radiograph():
    return Radiograph.of(Path("film.png"), np.zeros((400, 600), np.uint8), Window(127.5, 255))


def test_a_moved_box_is_placed_by_the_reader_and_keeps_the_grade():
    before = Reading((replace(RIGHT, proposed=True, reader_grade=3),))
    after = change.moved(before, 0, Box(20, 20, 90)).knees[0]
    assert after.knee.box == Box(20, 20, 90)
    assert after.knee.placed_by_user
    assert not after.proposed
    assert after.reader_grade == 3


def test_a_swapped_side_names_the_reader_as_its_source():
    after = change.swapped(Reading((RIGHT,)), 0, Side.RIGHT).knees[0].knee
    assert (after.side, after.side_source) == (Side.LEFT, SideSource.READER)


def test_a_drawn_box_takes_the_side_that_is_free(radiograph):
    after, index = change.added(Reading((RIGHT,)), Box(150, 10, 100), radiograph.info)
    assert index == 1
    assert after.knees[1].knee.side is Side.LEFT


def test_a_drawn_box_stands_where_it_lies_from_left_to_right(radiograph):
    after, index = change.added(Reading((LEFT,)), Box(5, 10, 100), radiograph.info)
    assert index == 0
    assert [marked.knee.side for marked in after.knees] == [Side.RIGHT, Side.LEFT]


def test_a_drawn_box_drops_the_proposals(radiograph):
    proposed = Reading((replace(RIGHT, proposed=True),))
    after, _ = change.added(proposed, Box(5, 10, 100), radiograph.info)
    assert [marked.proposed for marked in after.knees] == [False]


def test_a_case_is_read_when_every_placed_knee_has_the_readers_grade():
    one = change.graded(Reading((RIGHT, LEFT)), 0, 2)
    assert not one.is_read
    assert change.graded(one, 1, 0).is_read
    assert not Reading().is_read


def test_the_first_reading_has_the_detected_knees():
    examined = ExaminedKnee(RIGHT.knee, Finding(grade=2, flags=(Flag.ON_REQUEST,)))
    assert first_reading([examined], []) == Reading((replace(RIGHT, on_request=True),))


def test_without_knees_the_proposals_wait_for_the_reader():
    reading = first_reading([], [RIGHT.knee, LEFT.knee])
    assert [marked.proposed for marked in reading.knees] == [True, True]
    assert reading.placed == ()
    assert change.accepted(reading).placed == (RIGHT, LEFT)


def test_an_examined_knee_takes_the_readers_side_and_grade(radiograph):
    content = seen(side=Side.LEFT)
    examined = ExaminedKnee(RIGHT.knee, Finding(grade=2, box_class=BoxClass.NATIVE), None, content)
    as_found = as_read(examined, RIGHT, radiograph.info)
    assert as_found.finding.flags == (Flag.OTHER_SIDE,)
    assert as_found.final_grade == 2
    swapped = change.graded(change.swapped(Reading((RIGHT,)), 0, Side.RIGHT), 0, 4).knees[0]
    read = as_read(examined, swapped, radiograph.info)
    assert read.knee.side is Side.LEFT
    assert read.finding.flags == ()
    assert (read.finding.grade, read.reader_grade, read.final_grade) == (2, 4, 4)


def test_a_side_that_nobody_named_is_the_fibulas(radiograph):
    unsided = MarkedKnee(Knee(Box(10, 10, 100)))
    examined = ExaminedKnee(unsided.knee, Finding(grade=1), None, seen(side=Side.LEFT))
    read = as_read(examined, unsided, radiograph.info)
    assert (read.knee.side, read.knee.side_source) == (Side.LEFT, SideSource.FIBULA)


def graded_with_readings(grade: int) -> ExaminedKnee:
    """A right knee: at the picture's right, where it is medial, narrowing 2, tibia 1."""
    by_picture = np.eye(4, dtype=np.float32)[[0, 2, 0, 0, 0, 1]]
    probability = np.eye(5, dtype=np.float32)[grade]
    maps = np.zeros((7, 7, 5), np.float32)
    grading = Grading(probability, maps, np.zeros(8, np.float32), by_picture)
    return ExaminedKnee(RIGHT.knee, Finding(grade=grade), grading)


def test_another_side_exchanges_medial_and_lateral_without_grading_again(radiograph):
    examined = graded_with_readings(3)
    found = as_read(examined, RIGHT, radiograph.info)
    assert found.oarsi_grades[OarsiName.JSN_MEDIAL] == 2
    assert found.oarsi_grades[OarsiName.OSTEOPHYTE_TIBIA_MEDIAL] == 1
    swapped = change.swapped(Reading((RIGHT,)), 0, Side.RIGHT).knees[0]
    other = as_read(examined, swapped, radiograph.info)
    assert other.oarsi_grades[OarsiName.JSN_LATERAL] == 2
    assert other.oarsi_grades[OarsiName.OSTEOPHYTE_TIBIA_LATERAL] == 1
    assert other.oarsi_grades[OarsiName.JSN_MEDIAL] == 0
    assert other.grading is examined.grading


def test_the_readers_reading_goes_before_the_programs_and_can_be_taken_back(radiograph):
    name = OarsiName.JSN_MEDIAL
    given = change.reread(Reading((RIGHT,)), 0, name, 0)
    read = as_read(graded_with_readings(2), given.knees[0], radiograph.info)
    assert read.oarsi_grades[name] == 0
    assert {one.name: one.grade for one in read.finding.readings}[name] == 2
    assert change.reread(given, 0, name, None) == Reading((RIGHT,))


def test_a_readers_reading_waits_where_the_model_has_none(radiograph):
    given = change.reread(Reading((RIGHT,)), 0, OarsiName.JSN_MEDIAL, 3).knees[0]
    examined = graded_with_readings(3)
    older = replace(examined, grading=replace(examined.grading, readings=None))
    assert as_read(older, given, radiograph.info).oarsi_grades == {}
    assert as_read(examined, given, radiograph.info).oarsi_grades[OarsiName.JSN_MEDIAL] == 3


def test_what_the_reader_read_stays_in_its_place_when_the_side_changes():
    given = change.reread(Reading((RIGHT,)), 0, OarsiName.OSTEOPHYTE_FEMUR_MEDIAL, 3)
    given = change.reread(given, 0, OarsiName.JSN_LATERAL, 1)
    swapped = change.swapped(given, 0, Side.RIGHT)
    assert swapped.knees[0].readings == (
        (OarsiName.JSN_MEDIAL, 1),
        (OarsiName.OSTEOPHYTE_FEMUR_LATERAL, 3),
    )
    assert change.swapped(swapped, 0, Side.LEFT).knees[0].readings == given.knees[0].readings


def test_readings_that_contradict_the_grade_are_flagged_until_the_reader_settles_it(radiograph):
    examined = graded_with_readings(2)
    assert as_read(examined, RIGHT, radiograph.info).finding.flags == (Flag.NARROWING,)
    settled = change.reread(Reading((RIGHT,)), 0, OarsiName.JSN_MEDIAL, 1).knees[0]
    assert as_read(examined, settled, radiograph.info).finding.flags == ()
    regraded = change.graded(Reading((RIGHT,)), 0, 3).knees[0]
    assert as_read(examined, regraded, radiograph.info).finding.flags == ()


def test_a_knee_without_a_side_has_no_readings_by_compartment(radiograph):
    unsided = MarkedKnee(Knee(Box(10, 10, 100)))
    examined = replace(graded_with_readings(2), knee=unsided.knee)
    assert as_read(examined, unsided, radiograph.info).oarsi_grades == {}
    sided = change.swapped(Reading((unsided,)), 0, None).knees[0]
    assert set(as_read(examined, sided, radiograph.info).oarsi_grades) == set(OARSI_NAMES)
