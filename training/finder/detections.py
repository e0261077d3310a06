"""A finder's detections on the marked films, and which of them are right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import hypot
from pathlib import Path

from koa_desktop.grading.finder import BoxContent, Detection, Finder
from koa_desktop.knees.box import Box, BoxClass
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, Side
from training.finder.sources import film_fold

CENTRE, SIZES = 0.10, (0.8, 1.25)  # of a detection that is good enough to grade from
SAME_CENTRE, SAME_SIZES = 0.5, (0.5, 2.0)  # of a detection that is of that knee at all


@dataclass(frozen=True, slots=True)
class Truth:
    """A marked knee of a film."""

    box: Box
    side: Side | None


@dataclass(frozen=True, eq=False)
class Film:
    """A film with its marks and the predictions of its fold's finder.

    `contents` are of the marked boxes, in their order.
    """

    name: str
    radiograph: Radiograph
    frontal: bool
    implant: bool
    mixed: bool
    truths: tuple[Truth, ...]
    found: tuple[Detection, ...]
    contents: tuple[BoxContent, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The thresholds of detection and refusal."""

    find: float
    native: float

    def refuses(self, content: BoxContent) -> bool:
        """Return whether a box is refused for its content."""
        return content.box_class is not BoxClass.NATIVE and content.probability[0] < self.native

    def kept(self, found: Sequence[Detection]) -> list[Detection]:
        """Return the detections that reach the threshold."""
        return [one for one in found if (one.knee.confidence or 0) >= self.find]


def films(data: Path, finder_of: Callable[[int], Finder]) -> Iterator[Film]:
    """Yield every film with the predictions of its fold's finder."""
    folder = data / "radiographs"
    for entry in json.loads((folder / "boxes.json").read_text(encoding="utf-8")):
        finder = finder_of(film_fold(entry["file"]))
        radiograph = without_header(read(folder / entry["file"]))
        truths = tuple(
            Truth(
                Box.around(knee["cx"], knee["cy"], knee["size"]),
                None if knee["side"] == "?" else Side(knee["side"]),
            )
            for knee in entry["knees"]
        )
        yield Film(
            entry["file"],
            radiograph,
            entry["view"] == "frontal",
            entry["implant"],
            entry["mixed"],
            truths,
            finder.find(radiograph),
            tuple(finder.classify(radiograph, truth.box) for truth in truths),
        )


def without_header(radiograph: Radiograph) -> Radiograph:
    """Return a radiograph whose side must be seen in the picture."""
    return replace(radiograph, info=replace(radiograph.info, laterality=None))


def offset(box: Box, truth: Box) -> tuple[float, float]:
    """Return how far a box's middle lies from the true one, in its sides, and the ratio of both."""
    (x, y), (a, b) = box.centre, truth.centre
    return hypot(x - a, y - b) / truth.size, box.size / truth.size


def is_good(box: Box, truth: Box) -> bool:
    """Return whether a box is near enough to grade from."""
    distance, ratio = offset(box, truth)
    return distance <= CENTRE and SIZES[0] <= ratio <= SIZES[1]


def is_same(box: Box, truth: Box) -> bool:
    """Return whether a box is of that knee at all."""
    distance, ratio = offset(box, truth)
    return distance <= SAME_CENTRE and SAME_SIZES[0] <= ratio <= SAME_SIZES[1]


def nearest(boxes: list[Box], truth: Box) -> Box | None:
    """Return the box nearest to the true one."""
    return min(boxes, key=lambda box: offset(box, truth)[0], default=None)
