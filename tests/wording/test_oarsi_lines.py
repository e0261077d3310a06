"""Readings are said in one sentence, the severest first, and a step names them in words."""

from __future__ import annotations

from gettext import NullTranslations

import pytest

from koa_desktop.examination.actions import Action
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.message import Message
from koa_desktop.wording import language
from koa_desktop.wording.oarsi.lines import findings_sentence, grade_word
from koa_desktop.wording.sentences import sentence


def _sentence(**readings: int) -> str:
    given = {OarsiName(name): value for name, value in readings.items()}
    return findings_sentence(dict.fromkeys(OARSI_NAMES, 0) | given)


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ({}, "No osteophytes and no narrowing."),
        ({"osteophyte_tibia_medial": 2, "jsn_medial": 2},
         "Definite osteophytes of the medial tibia, moderate medial narrowing."),
        ({"osteophyte_tibia_medial": 1, "osteophyte_femur_medial": 1, "jsn_lateral": 3},
         "Small osteophytes of the medial tibia and medial femur, severe lateral narrowing."),
        ({"osteophyte_tibia_lateral": 1, "osteophyte_femur_medial": 3,
          "osteophyte_tibia_medial": 3, "osteophyte_femur_lateral": 3},
         "Large osteophytes of the medial tibia, medial femur and lateral femur, "
         "small osteophytes of the lateral tibia, no narrowing."),
        ({"jsn_medial": 1, "jsn_lateral": 1}, "No osteophytes, mild medial and lateral narrowing."),
    ],
)  # fmt: skip
def test_readings_are_one_sentence(readings: dict[str, int], said: str) -> None:
    assert _sentence(**readings) == said


def test_the_sentence_ends_as_the_language_ends_one() -> None:
    language.use(language.catalogue("hi"))
    try:
        said = _sentence(jsn_medial=1)
    finally:
        language.use(NullTranslations())
    assert said[-1] == "।"
    assert "." not in said


def test_nothing_is_said_of_a_knee_without_readings() -> None:
    assert findings_sentence({}) == ""


def test_a_grade_has_a_word_of_its_own_for_narrowing_and_for_osteophytes() -> None:
    words = [grade_word(OarsiName.JSN_LATERAL, grade) for grade in range(4)]
    assert words == ["none", "mild", "moderate", "severe"]
    words = [grade_word(OarsiName.OSTEOPHYTE_TIBIA_LATERAL, grade) for grade in range(4)]
    assert words == ["none", "small", "definite", "large"]


def test_a_step_names_its_reading_in_words() -> None:
    step = Message.of(Action.READ, reading="osteophyte_tibia_medial", grade=2)
    assert sentence(step) == "read osteophytes, medial tibia as grade 2"
