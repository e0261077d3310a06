"""An examiner that finds what it was told to and grades with the networks that ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.examination.examiner import Examiner
from koa_desktop.grading.finder import BoxContent, Detection
from koa_desktop.grading.grader import Grader, Grading
from koa_desktop.grading.letters import Letter
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.radiograph import Radiograph, Side

PLACES = 10  # of a map, across and down
# Of each reading by side of the picture: the row and column at which its map points.
SPOTS = ((6, 2), (6, 7), (5, 1), (5, 8), (7, 1), (7, 8))


def seen(
    shown: BoxClass = BoxClass.NATIVE, side: Side | None = None, side_probability: float = 0.99
) -> BoxContent:
    """Return a confident prediction of one class."""
    one, two, three, four = (0.97 if kind is shown else 0.01 for kind in BoxClass)
    return BoxContent((one, two, three, four), side, side_probability if side else 0.5)


@dataclass
class FakeFinder:
    """Detects `knees` on every film; `contents` are those of boxes, `otherwise` of all others."""

    knees: tuple[Knee, ...] = ()
    contents: dict[Box, BoxContent] = field(default_factory=dict)
    otherwise: BoxContent = field(default_factory=seen)
    card: Any = field(
        default_factory=lambda: SimpleNamespace(label="finder 9.8.7", native_threshold=0.5, text={})
    )

    def find(self, radiograph: Radiograph) -> tuple[Detection, ...]:
        return tuple(Detection(knee, self.classify(radiograph, knee.box)) for knee in self.knees)

    def classify(self, radiograph: Radiograph, box: Box) -> BoxContent:
        return self.contents.get(box, self.otherwise)


@dataclass
class FakeLetters:
    """Reads `letters` on every film."""

    letters: tuple[Letter, ...] = ()

    def read(self, _radiograph: Radiograph) -> tuple[Letter, ...]:
        return self.letters


class FakeExaminer(Examiner):
    """Finds what `finder` is told, without more no knee; grades and measures in earnest."""

    finder: FakeFinder  # type: ignore[assignment]
    letter_reader: FakeLetters  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(shipped_grader(), FakeFinder(), shipped_margin_finder(), FakeLetters())  # type: ignore[arg-type]


class ReadingGrader:
    """Grades with the networks that ship, and reads every knee as `grades` (6) by picture side.

    Each reading has its grade with 0.7, and its map one hot place. Without grades it grades alone.
    """

    def __init__(self, shipped: Grader, grades: Sequence[int] | None) -> None:
        self.card = replace(shipped.card, has_readings=grades is not None)
        self._shipped = shipped
        self._readings = self._maps = None
        if grades is None:
            return
        self._readings = np.full((6, 4), 0.1, np.float32)
        self._readings[range(6), list(grades)] = 0.7
        self._maps = np.full((PLACES, PLACES, 18), -1, np.float32)
        for reading, (row, column) in enumerate(SPOTS):
            self._maps[row, column, 3 * reading : 3 * reading + 3] = 4

    def grade(self, crops: Sequence[NDArray[np.float32]]) -> list[Grading]:
        return [
            replace(one, readings=self._readings, reading_maps=self._maps)
            for one in self._shipped.grade(crops)
        ]


# Loaded once for all tests.
shipped_grader = cache(Grader)
shipped_margin_finder = cache(MarginFinder)
