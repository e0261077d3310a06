"""Lines on a knee's OARSI readings, on the screen and in exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from koa_desktop.grading.oarsi import READING_GRADES, OarsiName
from koa_desktop.message import Message
from koa_desktop.wording.language import with_full_stop
from koa_desktop.wording.oarsi.templates import OarsiText
from koa_desktop.wording.sentences import capitalised, sentence

# Grade 0 first.
_NARROWING = (OarsiText.NONE, OarsiText.MILD, OarsiText.MODERATE, OarsiText.SEVERE)
_OSTEOPHYTES = (OarsiText.NONE, OarsiText.SMALL, OarsiText.DEFINITE, OarsiText.LARGE)
_NARROWING_SIGNS = (
    OarsiText.NO_NARROWING_SIGNS,
    OarsiText.MILD_SIGNS,
    OarsiText.MODERATE_SIGNS,
    OarsiText.SEVERE_SIGNS,
)
_OSTEOPHYTE_SIGNS = (
    OarsiText.NO_OSTEOPHYTE_SIGNS,
    OarsiText.SMALL_SIGNS,
    OarsiText.DEFINITE_SIGNS,
    OarsiText.LARGE_SIGNS,
)
_PLACES = {
    OarsiName.JSN_MEDIAL: OarsiText.MEDIAL,
    OarsiName.JSN_LATERAL: OarsiText.LATERAL,
    OarsiName.OSTEOPHYTE_TIBIA_MEDIAL: OarsiText.MEDIAL_TIBIA,
    OarsiName.OSTEOPHYTE_FEMUR_MEDIAL: OarsiText.MEDIAL_FEMUR,
    OarsiName.OSTEOPHYTE_TIBIA_LATERAL: OarsiText.LATERAL_TIBIA,
    OarsiName.OSTEOPHYTE_FEMUR_LATERAL: OarsiText.LATERAL_FEMUR,
}


def grade_word(name: OarsiName, grade: int) -> str:
    """Return what a grade (0..3) of a reading means: `definite`."""
    return sentence((_NARROWING if name.is_narrowing else _OSTEOPHYTES)[grade])


def grade_signs(name: OarsiName, grade: int) -> str:
    """Return what a grade (0..3) of a reading looks like."""
    return sentence((_NARROWING_SIGNS if name.is_narrowing else _OSTEOPHYTE_SIGNS)[grade])


def findings_sentence(grades: Mapping[OarsiName, int]) -> str:
    """Return a knee's readings as one sentence, the severest first; empty without readings.

    Like `Definite osteophytes of the medial tibia, moderate medial narrowing.`
    """
    if not grades:
        return ""
    parts = [
        *_parts(grades, OarsiText.OSTEOPHYTES, OarsiText.NO_OSTEOPHYTES, narrowing=False),
        *_parts(grades, OarsiText.NARROWING, OarsiText.NO_NARROWING, narrowing=True),
    ]
    joint = OarsiText.THEN if any(grades.values()) else OarsiText.AND
    return with_full_stop(capitalised(_joined(parts, joint)))


def _parts(
    grades: Mapping[OarsiName, int], template: OarsiText, none: OarsiText, *, narrowing: bool
) -> list[str]:
    """Return what is said of narrowing or of osteophytes, one part for each grade."""
    parts = []
    for grade in range(READING_GRADES - 1, 0, -1):
        names = [
            name for name in _PLACES if name.is_narrowing == narrowing and grades.get(name) == grade
        ]
        if names:
            places = _joined([sentence(_PLACES[name]) for name in names], OarsiText.AND)
            size = grade_word(names[0], grade)
            parts.append(sentence(Message.of(template, size=size, places=places)))
    return parts or [sentence(none)]


def _joined(parts: Sequence[str], joint: OarsiText) -> str:
    """Join parts from left to right: `a, b and c`."""
    text, *others = parts
    for number, part in enumerate(others):
        between = joint if number == len(others) - 1 else OarsiText.THEN
        text = sentence(Message.of(between, first=text, second=part))
    return text
