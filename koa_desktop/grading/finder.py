"""Detection of knees on a radiograph, and classification of what a box contains.

The locator network's input is the whole image; it predicts coarse boxes. The box network's input is
each box with some of its surroundings: it refines the box, classifies its content and predicts the
side from the fibula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, hypot
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import block_means
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.knees.crop import Pixels, cut, stretch
from koa_desktop.networks.bundle import finite, parse_card
from koa_desktop.networks.litert_model import LiteRtModel
from koa_desktop.radiograph import Radiograph, Side, shown
from koa_desktop.system.paths import MODELS

LOCATOR_SIZE, CELL = 192, 8  # pixels of the locator's input, and of a cell of its output
BOX_INPUT_SIZE = 112
BOX_MARGIN = 1.25  # the box network's input, in sides of the box
BOX_ROUNDS = 3  # refinements of a box; the last moves it by a hundredth of its side
MOST_KNEES = 2
LIKELY_CELLS = 128  # more than the first knee's peak covers, so that the second is among them
DETECTION_SIDE = 1024  # pixels of the longer side; more do not improve detection
LEAST_DISTANCE = 0.6  # of the larger box's side, between the middles of two knees
# Where no knee is found, a less likely place still counts if it surely shows an implant: the
# locator learned from few.
IMPLANT_FIND_THRESHOLD = 0.02
SURE_IMPLANT = 0.9
LEAST_SIDE_PROBABILITY = 0.7  # of the side by the fibula; below, the side is unknown

MODEL_FILES = ("finder.tflite", "finder_box.tflite")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BoxContent:
    """The box network's prediction of what a box contains.

    `probability` is 0..1 for each of BoxClass, in its order, and sums to 1. `side` is the patient's
    side by the fibula, None where the prediction is too uncertain, with its probability.
    """

    probability: tuple[float, float, float, float]
    side: Side | None = None
    side_probability: float = 0.5

    @property
    def box_class(self) -> BoxClass:
        """The most probable class."""
        return max(zip(self.probability, BoxClass, strict=True), key=lambda pair: pair[0])[1]

    @property
    def is_sure_implant(self) -> bool:
        """True where an implant is so probable that a doubtful place counts."""
        return self.probability[list(BoxClass).index(BoxClass.IMPLANT)] >= SURE_IMPLANT


@dataclass(frozen=True, slots=True)
class Detection:
    """A detected knee and what its box contains."""

    knee: Knee
    content: BoxContent


@dataclass(frozen=True, slots=True)
class FinderCard:
    """The part of the finder's card that the app needs; `text` is the whole card for a reader.

    A location counts as a knee from the probability `find_threshold` on. A box is refused if a
    native knee is neither its most probable content nor as probable as `native_threshold`.
    """

    name: str
    version: str
    sha256: dict[str, str]
    find_threshold: float
    native_threshold: float
    text: dict[str, Any]

    @property
    def label(self) -> str:
        """Name and version: `finder 0.1.0`."""
        return f"{self.name} {self.version}"


class Finder:
    """A loaded finder. Safe to use from several threads."""

    def __init__(self, folder: Path = MODELS, threads: int = 2, at_once: int = 1) -> None:
        """Load `finder.json` and its models. Raises BundleError where they do not match."""
        self.card = read_finder_card(folder / "finder.json")
        self._locator, self._box_network = (
            LiteRtModel(folder / name, self.card.sha256[name], threads, at_once)
            for name in MODEL_FILES
        )

    def find(self, radiograph: Radiograph) -> tuple[Detection, ...]:
        """Return the knees of a radiograph, left to right as seen, at most the two most certain."""
        small, factor = reduced(radiograph)
        candidates = self._locate(small)
        places = [place for place in candidates if place[1] >= self.card.find_threshold]
        found = [
            (answer, certainty)
            for answer, certainty in self._looked_at(small, places)
            if answer.content.box_class is not BoxClass.OTHER
        ]
        if not places:
            found = [
                (answer, certainty)
                for answer, certainty in self._looked_at(small, candidates)
                if answer.content.is_sure_implant
            ]
        detections = [
            Detection(Knee(enlarged(answer.box, factor), confidence=certainty), answer.content)
            for answer, certainty in found
        ]
        detections.sort(key=lambda detection: detection.knee.box.centre)
        return tuple(_sided(radiograph, detections))

    def _looked_at(
        self, radiograph: Radiograph, places: Sequence[tuple[Box, float]]
    ) -> list[tuple[_Answer, float]]:
        """Return the refined boxes of some places with the places' probabilities."""
        answers = self._answers(radiograph, [box for box, _ in places])
        for _ in range(BOX_ROUNDS - 1):
            answers = self._answers(radiograph, [answer.box for answer in answers])
        certainties = [certainty for _, certainty in places]
        return list(zip(answers, certainties, strict=True))

    def classify(self, radiograph: Radiograph, box: Box) -> BoxContent:
        """Return what a box contains: one that was detected, drawn by hand, or a whole crop."""
        return self._answers(radiograph, [box])[0].content

    def _locate(self, radiograph: Radiograph) -> list[tuple[Box, float]]:
        """Return coarse boxes with probabilities 0..1, the most certain first."""
        width, height = radiograph.width, radiograph.height
        side = max(width, height)
        around = Box.around(width / 2, height / 2, side)
        answer = self._locator.run(picture=network_input(radiograph, around, LOCATOR_SIZE)[None])
        scale = side * CELL / LOCATOR_SIZE
        return [
            (Box.around(around.left + x * scale, around.top + y * scale, size * scale), certainty)
            for x, y, size, certainty in peaks(answer["heat"][0, ..., 0], answer["place"][0])
            if certainty >= min(IMPLANT_FIND_THRESHOLD, self.card.find_threshold)
        ]

    def _answers(self, radiograph: Radiograph, boxes: Sequence[Box]) -> list[_Answer]:
        if not boxes:
            return []
        inputs = np.stack([box_input(radiograph, box) for box in boxes])
        outputs = self._box_network.run(picture=inputs)
        return [
            _Answer.of(box, *parts)
            for box, *parts in zip(
                boxes, outputs["shown"], outputs["left"], outputs["shift"], strict=True
            )
        ]


@dataclass(frozen=True, slots=True)
class _Answer:
    """The box network's output for one box: the refined box and its content."""

    box: Box
    content: BoxContent

    @classmethod
    def of(cls, box: Box, shown: Array, left: Array, shift: Array) -> _Answer:
        x, y = box.centre
        right, down, log_size = (float(value) for value in shift)
        moved = Box.around(
            x + right * box.size, y + down * box.size, box.size * exp(min(max(log_size, -1), 1))
        )
        native, implant, not_frontal, other = (float(value) for value in shown)
        is_left = float(left[0])
        certainty = max(is_left, 1 - is_left)
        tells = certainty >= LEAST_SIDE_PROBABILITY and native + implant >= 0.5
        side = (Side.LEFT if is_left >= 0.5 else Side.RIGHT) if tells else None
        # The refinement was trained on frontal views alone.
        content = BoxContent((native, implant, not_frontal, other), side, certainty)
        return cls(moved if native + implant >= 0.5 else box, content)


def read_finder_card(path: Path) -> FinderCard:
    """Read the finder's card. Raises BundleError where it is missing or incomplete."""
    return parse_card(
        path,
        lambda text: FinderCard(
            name=str(text["name"]),
            version=str(text["version"]),
            sha256={name: str(text["sha256"][name]) for name in MODEL_FILES},
            find_threshold=finite(text["thresholds"]["find"]),
            native_threshold=finite(text["thresholds"]["native"]),
            text=text,
        ),
    )


def reduced(radiograph: Radiograph) -> tuple[Radiograph, int]:
    """Return a radiograph averaged over squares of pixels, and a square's side."""
    factor = max(max(radiograph.width, radiograph.height) // DETECTION_SIDE, 1)
    if factor == 1 or min(radiograph.width, radiograph.height) < factor:
        return radiograph, 1
    return radiograph.with_values(block_means(radiograph.values, factor)), factor


def enlarged(box: Box, factor: float) -> Box:
    """Return a box in pixels that are `factor` times as small."""
    return Box(box.left * factor, box.top * factor, box.size * factor)


def network_input(radiograph: Radiograph, box: Box, size: int) -> Pixels:
    """Return a box of a radiograph as both networks expect it: (size, size, 1), stretched to 0..1.

    Averaged over areas before the window is applied: of a large film only a few pixels are shown.
    """
    values, inside = cut(radiograph.values, box, size)
    grey = shown(values, radiograph.window, inverted=radiograph.inverted)
    return stretch(grey, inside)


def box_input(radiograph: Radiograph, box: Box) -> Pixels:
    """Return the box network's input: (112, 112, 1), a box with some surroundings."""
    return network_input(radiograph, Box.around(*box.centre, box.size * BOX_MARGIN), BOX_INPUT_SIZE)


def peaks(heat: Array, place: Array) -> list[tuple[float, float, float, float]]:
    """Return the likeliest knees on the locator's grid: x, y, size in cells, and probability.

    `heat` (rows, columns) are probabilities, `place` (rows, columns, 3) the offset from each cell's
    middle and the logarithm of the size.
    """
    found: list[tuple[float, float, float, float]] = []
    rows, columns = heat.shape
    for cell in np.argsort(heat, axis=None)[::-1][:LIKELY_CELLS]:
        row, column = divmod(int(cell), columns)
        right, down, log_size = (float(value) for value in place[row, column])
        x, y = column + 0.5 + right, row + 0.5 + down
        size = exp(min(max(log_size, -1.0), np.log(2.0 * rows)))
        if all(hypot(x - a, y - b) > LEAST_DISTANCE * max(size, c) for a, b, c, _ in found):
            found.append((x, y, size, float(heat[row, column])))
            if len(found) == MOST_KNEES:
                break
    return found


def _sided(radiograph: Radiograph, detections: Sequence[Detection]) -> list[Detection]:
    """Return the detections with sides: two knees by their position, one by header or fibula."""
    sides: list[tuple[Side | None, SideSource | None]]
    if len(detections) == MOST_KNEES:
        sides = [(side, SideSource.POSITION) for side in (Side.RIGHT, Side.LEFT)]
    elif radiograph.info.laterality is not None:
        sides = [(radiograph.info.laterality, SideSource.HEADER)] * len(detections)
    else:
        sides = [
            (one.content.side, SideSource.FIBULA if one.content.side else None)
            for one in detections
        ]
    return [
        replace(one, knee=replace(one.knee, side=side, side_source=source))
        for one, (side, source) in zip(detections, sides, strict=True)
    ]
