"""OARSI readings: narrowing and osteophytes of each compartment, and how sides of pictures map.

Grades 0 to 3 after the atlas of the Osteoarthritis Research Society International (Altman 2007).
The network reads by side of the picture, because a mirrored knee can't be told from the other one;
the knee's side says which is medial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import EVEN_ODDS
from koa_desktop.knees.crop import Pixels
from koa_desktop.message import Code
from koa_desktop.radiograph import Side

READING_GRADES = 4
THRESHOLDS = READING_GRADES - 1


class OarsiName(Code):
    """A reading's name, as tables carry it.

    In the order in which the network gives the readings of a left knee, whose medial compartment is
    at the picture's left.
    """

    JSN_MEDIAL = "jsn_medial"
    JSN_LATERAL = "jsn_lateral"
    OSTEOPHYTE_FEMUR_MEDIAL = "osteophyte_femur_medial"
    OSTEOPHYTE_FEMUR_LATERAL = "osteophyte_femur_lateral"
    OSTEOPHYTE_TIBIA_MEDIAL = "osteophyte_tibia_medial"
    OSTEOPHYTE_TIBIA_LATERAL = "osteophyte_tibia_lateral"

    @property
    def is_narrowing(self) -> bool:
        """True of joint space narrowing, false of osteophytes."""
        return self in (OarsiName.JSN_MEDIAL, OarsiName.JSN_LATERAL)

    @property
    def opposite(self) -> OarsiName:
        """The same reading of the other compartment."""
        return OARSI_NAMES[EXCHANGED[OARSI_NAMES.index(self)]]


OARSI_NAMES = tuple(OarsiName)
EXCHANGED = (1, 0, 3, 2, 5, 4)  # each reading's place once left and right are exchanged
GivenReading = tuple[OarsiName, int]  # a reading and the grade (0..3) that the reader gave it


@dataclass(frozen=True, slots=True)
class OarsiReading:
    """One reading: the probability of each grade 0..3, summing to 1.

    `grade` is the highest that the reading reaches with at least even odds.
    """

    name: OarsiName
    grade: int
    probability: tuple[float, ...]

    @property
    def support(self) -> float:
        """Probability (0..1) of at least this grade, for grade 0 of 0 itself: even odds or more."""
        return sum(self.probability[self.grade :]) if self.grade else self.probability[0]


def given_readings(stored: Mapping[str, object]) -> tuple[GivenReading, ...]:
    """Return stored readings, in the order of their names. Raises ValueError."""
    known = {OarsiName(name): grade for name, grade in stored.items()}
    grades = {
        name: grade
        for name, grade in known.items()
        if type(grade) is int and grade in range(READING_GRADES)
    }
    if len(grades) < len(known):
        raise ValueError("not a grade")
    return tuple((name, grades[name]) for name in OARSI_NAMES if name in grades)


def reading_of(name: OarsiName, probability: NDArray[np.float32]) -> OarsiReading:
    """Return a reading from the probabilities (4,) of its grades."""
    reached = 1 - np.cumsum(np.asarray(probability, np.float64))[:THRESHOLDS]
    grade = int(grades_reached(reached))
    return OarsiReading(name, grade, tuple(float(share) for share in probability))


def grades_reached(reached: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the highest grades (...) 0..3 that are reached with at least even odds.

    `reached` (..., 3) are the probabilities of a grade of at least 1, 2 and 3.
    """
    return np.asarray((reached >= EVEN_ODDS).sum(-1))


def readings_by_compartment(
    by_picture: NDArray[np.float32] | None, side: Side | None
) -> tuple[OarsiReading, ...]:
    """Return the readings of a knee from the network's probabilities (6, 4) by picture side.

    Empty where there are none, or where the side is unknown and with it which one is medial.
    """
    if by_picture is None or side is None:
        return ()
    return tuple(reading_of(name, by_picture[place_in_picture(name, side)]) for name in OARSI_NAMES)


def place_in_picture(name: OarsiName, side: Side) -> int:
    """Return which of the network's readings is a knee's: medial is a left knee's picture left."""
    place = OARSI_NAMES.index(name)
    return place if side is Side.LEFT else EXCHANGED[place]


def reading_map(maps: Pixels, name: OarsiName, side: Side, grade: int) -> Pixels:
    """Return one reading's map (h, w), in logits, of the network's (h, w, 18).

    It is the map of the highest threshold that the grade (1..3) reaches: where the picture speaks
    for this grade rather than a lower one. Grade 0 reaches none.
    """
    threshold = place_in_picture(name, side) * THRESHOLDS + grade - 1
    one: Pixels = maps[..., threshold]
    return one
