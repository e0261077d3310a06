"""An examiner that finds what it was told to and grades with the networks that ship."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

from koa_desktop.examination.examiner import Examiner
from koa_desktop.grading.finder import BoxContent, Detection
from koa_desktop.grading.grader import Grader
from koa_desktop.grading.letters import Letter
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.radiograph import Radiograph, Side


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


# Loaded once for all tests.
shipped_grader = cache(Grader)
shipped_margin_finder = cache(MarginFinder)
