"""The patient of a film: the file's values stand, typed ones fill what is empty."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from koa_desktop.examination import identity
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.identity import (
    IdentityProblem,
    identified,
    identity_of,
    problem_of,
    same_patient,
)
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Identity, RadiographInfo

TODAY = date(2026, 7, 1)
DOE = Identity("Doe, Jane", "4711", date(1950, 2, 3), "F", date(2026, 6, 30))
PICTURE = RadiographInfo(Path("film.png"), 300, 400, 8)


def test_what_was_typed_fills_what_the_file_lacks():
    own = Header(patient_id="88", study_description="Knees")
    film = replace(PICTURE, header=own)
    shown = identity_of(film, identified(Reading(), DOE, film))
    assert shown.patient_id == "88"
    assert shown.study_description == "Knees"
    assert (shown.patient_name, shown.birth_date, shown.sex, shown.study_date) == (
        "Doe, Jane", date(1950, 2, 3), "F", date(2026, 6, 30),
    )  # fmt: skip


def test_what_the_file_has_itself_is_not_kept():
    film = replace(PICTURE, header=Header(patient_name="Roe, R"))
    assert identified(Reading(), DOE, film).identity == replace(DOE, patient_name="")


def test_without_anything_typed_the_header_is_the_files_own():
    assert identity_of(PICTURE, Reading()) is PICTURE.header


def test_store_and_audit_trail_carry_what_was_typed(tmp_path):
    store = ReadingStore(tmp_path / "cases.sqlite")
    step = Step(Message(Action.IDENTIFY))
    store.save("aa", identified(Reading(), DOE, PICTURE), [step], Circumstances("Dr Poe"))
    assert store.load("aa").reading.identity == DOE
    (entry,) = store.audit_trail("aa")
    assert identity.from_json(entry.detail["identity"]) == DOE
    assert entry.steps == (step,)


@pytest.mark.parametrize("stored", [{"birth_date": "soon"}, {"sex": 3}, {"height": "1"}])
def test_what_no_program_wrote_is_refused(stored):
    with pytest.raises((ValueError, TypeError)):
        identity.from_json(stored)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"patient_name": 65 * "x"}, IdentityProblem.NAME_TOO_LONG),
        ({"patient_name": "Doe^Jane"}, IdentityProblem.NAME_LETTERS),
        ({"patient_id": 65 * "1"}, IdentityProblem.ID_TOO_LONG),
        ({"patient_id": "1\\2"}, IdentityProblem.ID_LETTERS),
        ({"patient_id": "1\t2"}, IdentityProblem.ID_LETTERS),
        ({"birth_date": date(2026, 7, 2)}, IdentityProblem.BORN_LATER),
        ({"birth_date": date(1890, 1, 1)}, IdentityProblem.BORN_TOO_EARLY),
        ({"study_date": date(2026, 7, 2)}, IdentityProblem.TAKEN_LATER),
        ({"birth_date": None, "study_date": date(1895, 1, 1)}, IdentityProblem.TAKEN_TOO_EARLY),
        ({"study_date": date(1949, 1, 1)}, IdentityProblem.TAKEN_BEFORE_BIRTH),
    ],
)
def test_what_cannot_be_right_is_said(wrong, problem):
    assert problem_of(DOE, TODAY) is None
    assert problem_of(replace(DOE, **wrong), TODAY).code is problem


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"patient_id": "A1"}, {"patient_id": "a1"}, True),
        ({"patient_id": "1"}, {"patient_id": "2"}, False),
        ({"patient_name": "Müller, Eva"}, {"patient_name": "MULLER EVA"}, None),
        ({"patient_name": "Doe, J"}, {"patient_name": "Roe, J"}, False),
        ({"patient_name": "राम"}, {"patient_name": "रम"}, False),
        ({}, {"patient_id": "1"}, None),
    ],
)
def test_one_patient_is_known_by_id_else_asked_about(first, second, same):
    assert same_patient(Header(**first), Header(**second)) is same
    assert same_patient(Header(**second), Header(**first)) is same


def test_name_and_birth_date_tell_a_patient_whose_id_is_missing_and_doubt_another_id():
    own = Header("Doe, Jane", "", date(1950, 2, 3))
    assert same_patient(own, replace(own, patient_id="7")) is True
    assert same_patient(own, replace(own, birth_date=date(1951, 2, 3))) is False
    # A hospital and a clinic have IDs of their own; one ID and two birth dates are a mistake.
    assert same_patient(replace(own, patient_id="8"), replace(own, patient_id="7")) is None
    wrong = replace(own, patient_id="7", birth_date=date(1951, 2, 3))
    assert same_patient(replace(own, patient_id="7"), wrong) is None
