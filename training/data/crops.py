"""The public knee crops: read, checked for leaks, split into patient-grouped folds.

    python -m training.data.crops --data DATA/knee

Counts the knees, names the files that are stored inverted and the pictures that are nearly the
same, and refuses a split that leaks.
DATA/knee holds `train` and `val`, each with one folder a grade (`0`..`4`, or `Grade_0`..); file
names are the patient's number and the side, `9003175L.png`.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.loading.read import read

COMPARED_SIDE, COMPARED_AT_ONCE, BROAD = 64, 512, 2.0
NEARLY_THE_SAME = 0.9  # correlation of the details; different knees here reach 0.85
_NAME = re.compile(r"(?P<patient>\d+)(?P<side>[LR])", re.IGNORECASE)
_FOLD = re.compile(r"fold (?P<fold>\d+) of (?P<folds>\d+)")  # as a run's settings name it
_GRADE_FOLDER = re.compile(r"(?:grade[_ -]?)?(?P<grade>[0-4])", re.IGNORECASE)


@dataclass(frozen=True)
class Crops:
    """Knee crops: images (n, H, W) uint8 with bone bright, grades (n,) 0..4, patients, sides."""

    images: NDArray[np.uint8]
    grades: NDArray[np.int64]
    patients: NDArray[np.str_]
    sides: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def names(self) -> list[str]:
        """Each crop's name, the patient's number and the side, as its file's stem."""
        return [f"{patient}{side}" for patient, side in zip(self.patients, self.sides, strict=True)]

    def take(self, index: NDArray[np.int64]) -> Crops:
        """Return the crops at `index`, in that order."""
        return Crops(
            self.images[index], self.grades[index], self.patients[index], self.sides[index]
        )

    def and_also(self, others: Crops) -> Crops:
        """Return these crops and after them the others."""
        return Crops(
            np.concatenate([self.images, others.images]),
            np.concatenate([self.grades, others.grades]),
            np.concatenate([self.patients, others.patients]),
            np.concatenate([self.sides, others.sides]),
        )


def load_crops(folder: Path, limit_per_grade: int | None = None, *, pictures: bool = True) -> Crops:
    """Read every crop below `folder`, one subfolder a grade.

    `read` corrects images that are stored inverted; without `pictures` they are empty and only the
    names are read. Raises ValueError where a folder holds no grades or a name has no patient number
    and side.
    """
    images, grades, patients, sides = [], [], [], []
    for file, grade in _files(folder, limit_per_grade):
        name = _NAME.match(file.stem)
        if name is None:
            raise ValueError(f"{file.name}: expected a patient number and a side (9003175L)")
        if pictures:
            images.append(np.round(read(file).pixels * 255).astype(np.uint8))
        grades.append(grade)
        patients.append(name["patient"])
        sides.append(name["side"].upper())
    if not grades:
        raise ValueError(f"no crops below {folder.name}: expected folders 0 to 4 with PNG files")
    stacked = np.stack(images) if pictures else np.zeros((len(grades), 0, 0), np.uint8)
    return Crops(stacked, np.array(grades), np.array(patients), np.array(sides))


def _files(folder: Path, limit_per_grade: int | None = None) -> Iterator[tuple[Path, int]]:
    """Yield every crop's file and grade."""
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        grade = _GRADE_FOLDER.fullmatch(subfolder.name)
        if grade is not None:
            for file in sorted(subfolder.glob("*.png"))[:limit_per_grade]:
                yield file, int(grade["grade"])


def inverted_files(folder: Path) -> list[Path]:
    """Return the files below `folder` that are stored with bone dark."""
    return [file for file, _ in _files(folder) if read(file).inverted]


def near_duplicates(crops: Crops) -> list[tuple[int, int, float]]:
    """Return pairs of crops (first, second, correlation) that show nearly the same picture.

    The edges and the texture of small copies are compared, as they are and mirrored: any two knees
    share their broad light and dark.
    """
    small = np.stack([_details(image) for image in crops.images])
    plain, mirrored = _normalised(small), _normalised(small[:, :, ::-1])
    pairs = []
    for start in range(0, len(plain), COMPARED_AT_ONCE):
        part = plain[start : start + COMPARED_AT_ONCE]
        alike = np.maximum(part @ plain.T, part @ mirrored.T)
        for row, column in np.argwhere(alike >= NEARLY_THE_SAME):
            first, second = start + int(row), int(column)
            if first < second:
                pairs.append((first, second, float(alike[row, column])))
    return sorted(pairs, key=lambda pair: -pair[2])


def _details(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a small copy (n, n) of a picture without its broad light and dark."""
    side = (COMPARED_SIDE, COMPARED_SIDE)
    small = cv2.resize(image, side, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - cv2.GaussianBlur(small, (0, 0), BROAD), np.float32)


def _normalised(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return pictures (n, h, w) as rows of mean 0 and length 1; a uniform one as zeros."""
    rows = pictures.reshape(len(pictures), -1)
    rows = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)


def check_leaks(train: Crops, held_out: Crops) -> None:
    """Raise ValueError where a patient or a picture is on both sides of a split."""
    shared = set(train.patients) & set(held_out.patients)
    if shared:
        raise ValueError(f"{len(shared)} patients are in both parts, for example {min(shared)}")
    known = {image.tobytes() for image in train.images}
    copies = sum(image.tobytes() in known for image in held_out.images)
    if copies:
        raise ValueError(f"{copies} pictures are in both parts under different names")


def patient_folds(crops: Crops, folds: int, seed: int = 0) -> NDArray[np.int64]:
    """Return a fold number (n,) for each crop; a patient's knees share a fold.

    Stratified by the patients' highest grade.
    """
    highest: dict[str, int] = {}
    for patient, grade in zip(crops.patients, crops.grades, strict=True):
        highest[patient] = max(highest.get(patient, 0), int(grade))
    rng = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    dealt = 0
    for grade in range(GRADES):
        patients = sorted(patient for patient, top in highest.items() if top == grade)
        for patient in rng.permutation(patients):
            fold_of[str(patient)] = dealt % folds
            dealt += 1
    return np.array([fold_of[patient] for patient in crops.patients])


def split_fold(train_crops: Crops, val: Crops, fold: int, folds: int) -> tuple[Crops, Crops]:
    """Return both parts together less one fold of patients, and that fold."""
    everyone = train_crops.and_also(val)
    held_out = patient_folds(everyone, folds) == fold
    return everyone.take(np.flatnonzero(~held_out)), everyone.take(np.flatnonzero(held_out))


def split_crops(data: Path, split: str) -> tuple[Crops, Crops]:
    """Return the knees below `data` that a run learned from, and those that it held out.

    `split` is what its settings call the latter: "val", or "fold 0 of 5" of train and val together.
    Raises ValueError otherwise.
    """
    parts = load_crops(data / "train"), load_crops(data / "val")
    fold = _fold(split)
    return parts if fold is None else split_fold(*parts, *fold)


def held_out_crops(data: Path, split: str, *, pictures: bool = True) -> Crops:
    """Return what `split_crops` returns second; `pictures` as of `load_crops`."""
    fold = _fold(split)
    if fold is None:
        return load_crops(data / "val", pictures=pictures)
    train_crops, val = (load_crops(data / part, pictures=pictures) for part in ("train", "val"))
    return split_fold(train_crops, val, *fold)[1]


def _fold(split: str) -> tuple[int, int] | None:
    """Return the number of a fold, and of how many; None for "val". Raises ValueError otherwise."""
    if split == "val":
        return None
    fold = _FOLD.fullmatch(split)
    if not fold:
        raise ValueError(f"{split} is neither val nor a fold")
    return int(fold["fold"]), int(fold["folds"])


def main() -> None:
    """Print the contents of the folder, and whether its split is clean."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    args = parser.parse_args()
    train, val = load_crops(args.data / "train"), load_crops(args.data / "val")
    for name, crops in (("train", train), ("val", val)):
        counts = Counter(crops.grades.tolist())
        print(
            f"{name}: {len(crops)} knees of {len(set(crops.patients))} patients; "
            + ", ".join(f"KL {grade}: {counts[grade]}" for grade in range(GRADES))
        )
    inverted = [file for part in ("train", "val") for file in inverted_files(args.data / part)]
    print(f"{len(inverted)} files are stored inverted: {' '.join(file.name for file in inverted)}")
    everyone = train.and_also(val)
    pairs = near_duplicates(everyone)
    print(f"{len(pairs)} pairs of pictures are nearly the same")
    for first, second, alike in pairs:
        names = (
            f"{everyone.patients[row]}{everyone.sides[row]} (KL {everyone.grades[row]}, "
            f"{'train' if row < len(train) else 'val'})"
            for row in (first, second)
        )
        print(f"  {' and '.join(names)}: correlation {alike:.3f}")
    check_leaks(train, val)
    print("no patient and no picture is in both parts")


if __name__ == "__main__":
    main()
