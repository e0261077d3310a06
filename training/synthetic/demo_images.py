"""Make the synthetic knees of the demo, the self-test and the tests.

    python -m training.synthetic.demo_images --data DATA/knee \
        --out resources/samples [--bundle models]

For each grade, `knee.py` learns shape, shade, detail and texture from crops of that grade,
all mirrored to one side, and draws CANDIDATES new knees from random coefficients. Candidates that
resemble any real crop more than half of all real crops resemble another patient's are discarded
(correlation of the stretched crops at 64 pixels, also mirrored). Of the rest the one is chosen that
the bundle grades as intended with the highest probability; without a bundle, the one closest to
that limit, which is the most typical of them. Two of them are set into drawn limbs by `film.py`.
Seeds are fixed, so that running this twice gives identical files; `samples.json` lists the contents
of each and how it was chosen.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.knees.crop import stretch
from koa_desktop.radiograph import Side
from training.data.crops import Crops, load_crops
from training.synthetic.film import FILM_MARK, draw_film, film_as_dicom
from training.synthetic.knee import Array, draw, learn

SEED = 20240
KNEES_PER_GRADE = 240  # crops a grade's statistics are taken from
LEAST_CONTRAST = 60  # grey values between the 5th and 95th percentile of a crop worth learning from
CANDIDATES = 40
SIMILARITY_SIZE = 64
REAL_QUERIES = 500  # crops whose nearest crop of another patient is looked up
MOST_SIMILAR = 0.5  # quantile of that, which a sample must not reach
FILM_GRADES = {Side.RIGHT: 3, Side.LEFT: 1}
FILM_SEED = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """One drawn knee, fibula at the viewer's right; how like it is to its nearest real crop."""

    picture: Array
    seed: int
    similarity: float


@dataclass(frozen=True, slots=True)
class RealKnees:
    """Unit vectors (n, 4096) of the crops and how like each of some is to another patient's."""

    vectors: Array
    nearest: Array

    @classmethod
    def of(cls, crops: Crops) -> RealKnees:
        """Look up the nearest crop of another patient for `REAL_QUERIES` crops."""
        vectors = _vectors(list(crops.images))
        rng = np.random.default_rng(SEED)
        some = rng.permutation(len(crops))[:REAL_QUERIES]
        alike = _similarities(vectors[some], vectors)
        alike[crops.patients[some][:, None] == crops.patients[None, :]] = -1
        return cls(vectors, alike.max(1))

    @property
    def limit(self) -> float:
        """The similarity that a sample must stay below."""
        return float(np.quantile(self.nearest, MOST_SIMILAR))


def make_samples(crops: Crops, out: Path, grader: Grader | None) -> None:
    """Write grade0.png .. grade4.png, bilateral.dcm and samples.json into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    real = RealKnees.of(crops)
    entries: list[dict[str, Any]] = []
    chosen: dict[int, list[Candidate]] = {}
    for grade in range(GRADES):
        chosen[grade] = choose(draw_candidates(crops, grade, real), real.limit, grade, grader)
        best, side = chosen[grade][0], list(Side)[grade % 2]
        name = f"grade{grade}.png"
        picture = write_on(facing(best.picture, side), "SYNTHETIC")
        _write_png(out / name, picture)
        knee = {"grade": grade, "side": side.value, "left": 0, "top": 0, "size": len(picture)}
        entries.append({"file": name, "knees": [knee | _origin(best, real)]})
        print(f"{name}: seed {best.seed}, nearest real crop {best.similarity:.3f}")
    entries.append(_film(chosen, real, out))
    _write_card(out / "samples.json", entries, real, grader)


def draw_candidates(crops: Crops, grade: int, real: RealKnees) -> list[Candidate]:
    """Learn a grade and return its candidates."""
    statistics = learn(_learnable(crops, grade))
    seeds = [SEED + 1000 * grade + number for number in range(CANDIDATES)]
    pictures = [draw(statistics, np.random.default_rng(seed)) for seed in seeds]
    nearest = _similarities(_vectors(pictures), real.vectors).max(1)
    return [
        Candidate(picture, seed, float(similarity))
        for picture, seed, similarity in zip(pictures, seeds, nearest, strict=True)
    ]


def choose(
    candidates: list[Candidate], limit: float, grade: int, grader: Grader | None
) -> list[Candidate]:
    """Return the candidates below `limit`, best first. Raises ValueError where none is."""
    apart = [one for one in candidates if one.similarity < limit]
    apart.sort(key=_similarity, reverse=True)
    if not apart:
        raise ValueError(f"every candidate of grade {grade} is too like a real crop")
    if grader is None:
        return apart
    gradings = grader.grade([stretch(one.picture) for one in apart])
    sureness = [float(grading.probability[grade]) for grading in gradings]
    return [apart[index] for index in np.argsort(sureness, kind="stable")[::-1]]


def facing(picture: Array, side: Side) -> Array:
    """Turn a picture of a left knee (fibula at the viewer's right) to `side`."""
    return picture if side is Side.LEFT else np.ascontiguousarray(picture[:, ::-1])


def write_on(picture: Array, words: str) -> NDArray[np.uint8]:
    """Return a picture (H, W) 0..1 as bytes, with words burnt into its lower left corner."""
    letters = np.zeros(picture.shape, np.uint8)
    place = (4, len(letters) - 5)
    cv2.putText(letters, words, place, cv2.FONT_HERSHEY_PLAIN, 0.7, 255, 1, cv2.LINE_AA)
    rim = cv2.dilate(letters, np.ones((3, 3), np.uint8)).astype(np.float32) / 255
    grey = np.maximum(picture * (1 - rim) * 255, letters)
    return np.round(grey).astype(np.uint8)


def _learnable(crops: Crops, grade: int) -> NDArray[np.uint8]:
    """Return crops of a grade that have contrast, all facing as left knees."""
    rows = np.flatnonzero(crops.grades == grade)
    low, high = np.percentile(crops.images[rows], [5, 95], axis=(1, 2))
    rows = rows[high - low >= LEAST_CONTRAST]
    rng = np.random.default_rng((SEED, grade))
    rows = rng.permutation(rows)[:KNEES_PER_GRADE]
    pairs = zip(crops.images[rows], crops.sides[rows], strict=True)
    return np.stack([image if side == "L" else image[:, ::-1] for image, side in pairs])


def _similarity(candidate: Candidate) -> float:
    return candidate.similarity


def _vectors(pictures: list[Any]) -> Array:
    """Return stretched pictures at 64 pixels as rows of mean 0 and length 1."""
    size = (SIMILARITY_SIZE, SIMILARITY_SIZE)
    small = [
        cv2.resize(stretch(picture.astype(np.float32)), size, interpolation=cv2.INTER_AREA).ravel()
        for picture in pictures
    ]
    rows = np.stack(small)
    rows -= rows.mean(1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)


def _similarities(queries: Array, vectors: Array) -> Array:
    """Return the correlation (m, n) of each query, or its mirror image, with each vector."""
    shape = (-1, SIMILARITY_SIZE, SIMILARITY_SIZE)
    mirrored = queries.reshape(shape)[:, :, ::-1].reshape(queries.shape)
    return np.asarray(np.maximum(queries @ vectors.T, mirrored @ vectors.T), np.float32)


def _film(chosen: dict[int, list[Candidate]], real: RealKnees, out: Path) -> dict[str, Any]:
    """Write bilateral.dcm and return its entry. Its knees are not those of the crops, if it can."""
    picked = {side: chosen[grade][:2][-1] for side, grade in FILM_GRADES.items()}
    pictures = {side: facing(one.picture, side) for side, one in picked.items()}
    film = draw_film(pictures, np.random.default_rng(FILM_SEED))
    name = "bilateral.dcm"
    (out / name).write_bytes(film_as_dicom(film))
    knees = [
        {
            "grade": FILM_GRADES[side],
            "side": side.value,
            "left": box.left,
            "top": box.top,
            "size": box.size,
        }
        | _origin(picked[side], real)
        for side, box in film.boxes.items()
    ]
    return {"file": name, "knees": knees}


def _origin(candidate: Candidate, real: RealKnees) -> dict[str, Any]:
    below = float((real.nearest < candidate.similarity).mean())
    return {
        "seed": candidate.seed,
        "nearest_real_crop": round(candidate.similarity, 4),
        "real_crops_less_alike": round(below, 3),
    }


def _write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    encoded, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not encoded:
        raise ValueError("the picture could not be encoded")
    path.write_bytes(data.tobytes())


def _write_card(
    path: Path, entries: list[dict[str, Any]], real: RealKnees, grader: Grader | None
) -> None:
    levels = (5, 25, 50, 75, 95)
    percentiles = np.percentile(real.nearest, levels)
    card = {
        "mark": FILM_MARK,
        "chosen_by": "most ordinary below the limit" if grader is None else grader.card.label,
        "candidates_per_grade": CANDIDATES,
        "similarity": "correlation at 64 pixels of stretched crops, also mirrored",
        "nearest_crop_of_another_patient": {
            f"percentile_{level}": round(float(value), 4)
            for level, value in zip(levels, percentiles, strict=True)
        },
        "samples": entries,
    }
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card["nearest_crop_of_another_patient"]))


def _merged(first: Crops, second: Crops) -> Crops:
    return Crops(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.grades, second.grades]),
        np.concatenate([first.patients, second.patients]),
        np.concatenate([first.sides, second.sides]),
    )


def main() -> None:
    """Make the samples from DATA/train and DATA/val."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, required=True, help="folder the samples are written to")
    parser.add_argument("--bundle", type=Path, help="folder of the model that chooses candidates")
    args = parser.parse_args()
    crops = _merged(load_crops(args.data / "train"), load_crops(args.data / "val"))
    make_samples(crops, args.out, Grader(args.bundle) if args.bundle else None)


if __name__ == "__main__":
    main()
