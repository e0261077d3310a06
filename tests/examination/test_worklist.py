"""The worklist: the list as it was left, and what was said of its films."""

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination import store_file
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag, Refusal
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.examination.worklist import FilmFacts, KeptFilm, Worklist
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.oarsi import OarsiName, readings_by_compartment
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.loading.plain_data import plain
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, RadiographInfo, Side

FIRST, SECOND = Path("a/first.dcm"), Path("b/second.png")
KNEE = ExaminedKnee(
    Knee(Box(1.5, 2, 30), Side.LEFT, SideSource.POSITION, confidence=0.9),
    Finding(2, (0.1, 0.2, 0.5, 0.1, 0.1), (1, 2), (Flag.BORDERLINE,)),
    Grading(
        np.full(5, 0.2, np.float32),
        np.arange(45, dtype=np.float32).reshape(3, 3, 5),
        np.ones(4, np.float32),
    ),
)
FILM = KeptFilm(
    Examination(
        RadiographInfo(FIRST, 20, 30, 16, header=Header("Doe, Jöhn"), sha256="1" * 64),
        (KNEE,),
        model="koa 9.8.7",
    ),
    inverted=False,
    thumbnail=b"a picture",
)
FACTS = FilmFacts("1" * 64, FIRST, "Doe, Jöhn", "A-17", "2026-01-31", "L 2", "doe, jöhn a-17 l 2")


@pytest.fixture
def worklist(tmp_path):
    path = tmp_path / "cases.sqlite"
    store_file.prepare(path)
    return Worklist(path)


def damage(worklist, change, *values):
    with closing(sqlite3.connect(worklist.path)) as connection, connection:
        connection.execute(change, values)


def test_the_list_comes_back_in_its_order_with_what_was_said(worklist):
    worklist.keep(FILM, FACTS)
    worklist.keep_list([(SECOND, ""), (FIRST, "1" * 64)], shown=FIRST)
    second, first = worklist.films()
    assert (second.path, second.shown, second.kept) == (SECOND, False, None)
    assert (first.path, first.shown) == (FIRST, True)
    assert first.kept is not None
    assert first.kept.thumbnail == FILM.thumbnail
    found = first.kept.examination
    assert (found.radiograph, found.model) == (FILM.examination.radiograph, "koa 9.8.7")
    (knee,) = found.knees
    assert (knee.knee, knee.finding) == (KNEE.knee, KNEE.finding)
    assert np.allclose(knee.grading.maps, KNEE.grading.maps, atol=0.02 * np.ptp(KNEE.grading.maps))
    assert knee.grading.distance == KNEE.grading.distance


def test_readings_and_their_maps_are_kept_too(worklist):
    by_picture = np.full((6, 4), 0.25, np.float32)
    maps = np.arange(36, dtype=np.float32).reshape(1, 2, 18)
    read = replace(
        KNEE,
        finding=replace(KNEE.finding, readings=readings_by_compartment(by_picture, Side.LEFT)),
        grading=replace(KNEE.grading, readings=by_picture, reading_maps=maps),
        reader_readings=((OarsiName.JSN_LATERAL, 2),),
    )
    worklist.keep(replace(FILM, examination=replace(FILM.examination, knees=(read,))), FACTS)
    (found,) = worklist.film("1" * 64).examination.knees
    assert found.finding == read.finding
    assert found.oarsi_grades == read.oarsi_grades
    assert np.array_equal(found.grading.readings, by_picture)
    assert np.allclose(found.grading.reading_maps, maps, atol=0.02 * 35)
    assert found.grading.reading_maps.shape == (1, 2, 18)


def test_a_refusal_is_kept_with_its_reason(worklist):
    refused = Message.of(Refusal.CUT_BY_BORDER, share=0.4)
    examination = replace(FILM.examination, knees=(), refusal=refused)
    worklist.keep(replace(FILM, examination=examination), FACTS)
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    assert worklist.films()[0].kept.examination.refusal == refused


def test_a_later_list_and_a_later_answer_replace_the_earlier(worklist):
    worklist.keep(FILM, FACTS)
    worklist.keep(replace(FILM, inverted=True), FACTS)
    worklist.keep_list([(FIRST, "1" * 64), (SECOND, "")], shown=FIRST)
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    (film,) = worklist.films()
    assert not film.shown
    assert film.kept.inverted


@pytest.mark.parametrize("answer", [b"", b"\x00", b"no film", 3], ids=str)
def test_what_cannot_be_read_of_a_film_is_left_out(worklist, answer):
    worklist.keep(FILM, FACTS)
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    damage(worklist, "UPDATE OR REPLACE film SET answer = ?", answer)
    assert [film.kept for film in worklist.films()] == [None]


def test_joint_spaces_kept_before_their_version_was_are_of_the_first_one(worklist):
    knee = replace(KNEE, joint_space=JointSpace(version=2))
    worklist.keep(replace(FILM, examination=replace(FILM.examination, knees=(knee,))), FACTS)
    assert worklist.film("1" * 64).examination.knees[0].joint_space.version == 2
    earlier = plain(replace(FILM.examination, knees=(knee,)))
    del earlier["knees"][0]["joint_space"]["version"]
    answer = zlib.compress(json.dumps(earlier).encode())
    damage(worklist, "UPDATE film SET answer = ?", answer)
    assert worklist.film("1" * 64).examination.knees[0].joint_space.version == 1


def test_what_is_forgotten_is_gone(worklist):
    worklist.keep(FILM, FACTS)
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    worklist.forget()
    assert worklist.films() == []
    assert "Jöhn".encode() not in worklist.path.read_bytes()
    assert FILM.thumbnail not in worklist.path.read_bytes()
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    assert worklist.films()[0].kept is None
    assert worklist.find((), 10) == ([], 0)


def test_the_list_of_a_damaged_file_is_taken_over(worklist, tmp_path):
    worklist.keep(FILM, FACTS)
    worklist.keep_list([(FIRST, "1" * 64)], shown=None)
    new = tmp_path / "new" / "cases.sqlite"
    store_file.prepare(new)
    store_file.take_over(worklist.path, new)
    assert Worklist(new).films()[0].kept.examination.radiograph == FILM.examination.radiograph


def names(found):
    return [film.path.name for film in found[0]]


def test_films_are_found_by_any_part_of_their_words_the_last_one_first(worklist):
    worklist.note(FACTS)
    arabic = FilmFacts("2" * 64, SECOND, words="سارة علي l 3")
    worklist.note(arabic)
    assert names(worklist.find((), 10)) == ["second.png", "first.dcm"]
    assert names(worklist.find(("öhn", "17"), 10)) == ["first.dcm"]
    assert names(worklist.find(("سارة",), 10)) == ["second.png"]
    assert worklist.find(("öhn", "سارة"), 10) == ([], 0)
    assert names(worklist.find(("%",), 10)) == []
    found, count = worklist.find(("l",), 1)
    assert (len(found), count) == (1, 2)
    assert replace(found[0], at="") == arabic


def test_a_name_that_is_a_part_of_other_words_hides_no_film_of_the_patient(worklist):
    own = FilmFacts("1" * 64, FIRST, "Li", "7", "2001-02-03", words="li 7")
    later = FilmFacts("2" * 64, SECOND, "Li", "", "2002-02-03", words="li")
    others = [
        FilmFacts(f"{n:064}", SECOND, "Lind, Eli", "8", "2020-02-03", words="lind, eli")
        for n in range(5)
    ]
    for facts in (own, later, *others):
        worklist.note(facts)
    assert [one.sha256[0] for one in worklist.of_patient("Li", "7", 2)] == ["2", "1"]
    assert [one.sha256[0] for one in worklist.of_patient("Li", "", 2)] == ["2", "1"]
    assert len(worklist.of_patient("Li", "7", 60)) == 7
    assert [one.sha256[0] for one in worklist.of_patient("", "7", 60)] == ["1"]
    assert worklist.of_patient("", "", 60) == []


def test_what_is_kept_of_a_film_comes_back_by_its_checksum(worklist):
    worklist.keep(FILM, FACTS)
    assert worklist.film("1" * 64).examination.radiograph == FILM.examination.radiograph
    assert worklist.film("2" * 64) is None


@pytest.mark.requirement("R17")
def test_nothing_is_left_of_a_film_that_was_removed(worklist):
    readings = ReadingStore(worklist.path)
    for sha256 in ("1" * 64, "2" * 64):
        readings.save(sha256, Reading(comment=f"planted {sha256[0]}"), [], Circumstances("reader"))
        worklist.note(replace(FACTS, sha256=sha256, patient=f"Planted, {sha256[0]}"))
    worklist.keep(FILM, replace(FACTS, patient="Planted, 1"))
    store_file.remove_films(worklist.path, ["1" * 64])
    left = worklist.path.read_bytes()
    assert b"lanted, 1" not in left
    assert b"planted 1" not in left
    assert FILM.thumbnail not in left
    assert readings.load("1" * 64) is None
    assert readings.audit_trail("1" * 64) == []
    assert readings.load("2" * 64).reading.comment == "planted 2"
    assert len(worklist.find((), 10)[0]) == 1
