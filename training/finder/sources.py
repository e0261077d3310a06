"""Sources of the finder's training: whole films, single crops, and pictures without a knee.

Each is a `Scene`: grey values and the knees marked on them. A scene belongs to a fold, so that a
network can be measured on films it never saw; the published crops, whose val split is never
touched, belong to none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError
from koa_desktop.knees.box import BoxClass
from koa_desktop.loading.read import read

FOLDS = 5
NO_FOLD = -1
LONGEST = 900  # pixels of a film's longer side
SMALLEST_LEVEL = 48

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked knee: middle and side of its box in pixels.

    `shown` is None where it is not known; `left` is 1 for a left knee (fibula at the viewer's
    right), 0 for a right one, NaN where it is not known.
    """

    x: float
    y: float
    size: float
    shown: BoxClass | None = BoxClass.NATIVE
    left: float = float("nan")


@dataclass(frozen=True, eq=False)
class Scene:
    """Grey values uint8 (H, W), bone bright, with their knees; `levels` are halved again and again.

    A scene that is itself a published crop is `is_crop`: its box reaches to its border.
    """

    image: Bytes
    marks: tuple[Mark, ...] = ()
    fold: int = NO_FOLD
    is_crop: bool = False
    levels: list[Bytes] = field(init=False)

    def __post_init__(self) -> None:
        levels = [self.image]
        while min(levels[-1].shape) >= 2 * SMALLEST_LEVEL:
            height, width = levels[-1].shape
            half = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            levels.append(np.asarray(half, np.uint8))
        object.__setattr__(self, "levels", levels)


def film_fold(name: str) -> int:
    """Return the fold of a film `r012.jpg`; the same film at full size shares it."""
    return int(Path(name).stem[1:]) % FOLDS


def film_list(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of `boxes.json` that are not a second copy of a film."""
    entries = json.loads((folder / "boxes.json").read_text(encoding="utf-8"))
    return [entry for entry in entries if "/" not in entry["file"]]


def load_films(folder: Path) -> list[Scene]:
    """Read the films that `boxes.json` in `folder` marks, each shrunk to `LONGEST` pixels."""
    scenes = []
    for entry in film_list(folder):
        image = grey(folder / entry["file"])
        scale = min(1.0, LONGEST / max(image.shape))
        scenes.append(Scene(shrunk(image, scale), _marks(entry, scale), film_fold(entry["file"])))
    return scenes


def _marks(entry: dict[str, Any], scale: float) -> tuple[Mark, ...]:
    shown: BoxClass | None = BoxClass.IMPLANT if entry["implant"] else BoxClass.NATIVE
    if entry["view"] != "frontal":
        shown = BoxClass.NOT_FRONTAL
    if entry["mixed"]:
        shown = None
    return tuple(
        Mark(
            knee["cx"] * scale,
            knee["cy"] * scale,
            knee["size"] * scale,
            shown,
            {"L": 1.0, "R": 0.0}.get(knee["side"], float("nan")),
        )
        for knee in entry["knees"]
    )


def crop_scene(image: Bytes, side: str) -> Scene:
    """Return a published crop (224, 224) as a scene of its own."""
    size = image.shape[0]
    mark = Mark(size / 2, size / 2, size, BoxClass.NATIVE, float(side == "L"))
    return Scene(image, (mark,), is_crop=True)


def load_negatives(folder: Path) -> list[Scene]:
    """Read the pictures without a knee; see `negative_files`."""
    scenes = []
    for file, fold in negative_files(folder):
        try:
            image = grey(file)
        except ReadError:
            continue
        scale = min(1.0, LONGEST / 2 / max(image.shape))
        scenes.append(Scene(shrunk(image, scale), fold=fold))
    return scenes


def negative_files(folder: Path) -> list[tuple[Path, int]]:
    """Return chest and hip radiographs below `folder` and photographs, each with its fold.

    The photographs are those that scikit-image, scikit-learn and matplotlib bring along.
    """
    files = sorted((folder / "other" / "chest").glob("*.jpg"))
    files += [folder / "dicom" / "RG1_JLSN.dcm", folder / "dicom" / "RG2_UNC.dcm"]
    files += photographs()
    return [(file, number % FOLDS) for number, file in enumerate(files)]


def photographs() -> list[Path]:
    """Return the photographs and drawings that the training's own packages bring along."""
    import matplotlib as mpl
    import skimage
    import sklearn

    folders = (
        Path(skimage.__file__).parent / "data",
        Path(sklearn.__file__).parent / "datasets" / "images",
        Path(mpl.get_data_path()) / "sample_data",
    )
    kinds = {".png", ".jpg", ".jpeg", ".tif"}
    return [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix in kinds]


def grey(file: Path) -> Bytes:
    """Read a file as the program does: uint8 (H, W), bone bright."""
    return np.asarray(np.round(read(file).pixels * 255), np.uint8)


def shrunk(image: Bytes, scale: float) -> Bytes:
    """Return an image made smaller by averaging over areas."""
    height, width = image.shape
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
