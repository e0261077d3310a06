from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding
from koa_desktop.examination.reading import MarkedKnee, Reading, reading_of
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Radiograph, Side, Window

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


def test_the_first_reading_follows_the_examination(radiograph):
    examined = ExaminedKnee(RIGHT.knee, Finding(grade=2, reader_grade=1))
    reading = reading_of(Examination(radiograph.info, (examined,), comment="narrow"), [])
    assert reading.knees == (replace(RIGHT, reader_grade=1),)
    assert reading.comment == "narrow"


def test_without_knees_the_proposals_wait_for_the_reader(radiograph):
    reading = reading_of(Examination(radiograph.info), [RIGHT.knee, LEFT.knee])
    assert [marked.proposed for marked in reading.knees] == [True, True]
    assert reading.placed == ()
    assert change.accepted(reading).placed == (RIGHT, LEFT)
