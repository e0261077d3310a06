"""The public knee crops: read, checked for leaks, split into patient-grouped folds.

    python -m training.data --data DATA/knee

DATA/knee holds `train` and `val`, each with one folder a grade (`0`..`4`, or `Grade_0`..); file
names are the patient's number and the side, `9003175L.png`.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.radiograph import read

GRADES = 5
_NAME = re.compile(r"(?P<patient>\d+)(?P<side>[LR])", re.IGNORECASE)
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


def load_crops(folder: Path, limit_per_grade: int | None = None) -> Crops:
    """Read every crop below `folder`, one subfolder a grade.

    `read` turns images that are stored inverted. Raises ValueError where a folder holds no grades
    or a name has no patient number and side.
    """
    images, grades, patients, sides = [], [], [], []
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        grade = _GRADE_FOLDER.fullmatch(subfolder.name)
        if grade is None:
            continue
        for file in sorted(subfolder.glob("*.png"))[:limit_per_grade]:
            name = _NAME.match(file.stem)
            if name is None:
                raise ValueError(f"{file.name}: expected a patient number and a side (9003175L)")
            images.append(np.round(read(file).pixels * 255).astype(np.uint8))
            grades.append(int(grade["grade"]))
            patients.append(name["patient"])
            sides.append(name["side"].upper())
    if not images:
        raise ValueError(f"no crops below {folder.name}: expected folders 0 to 4 with PNG files")
    return Crops(np.stack(images), np.array(grades), np.array(patients), np.array(sides))


def check_leaks(train: Crops, held_out: Crops) -> None:
    """Raise ValueError where one patient, or one picture, is on both sides of a split."""
    shared = set(train.patients) & set(held_out.patients)
    if shared:
        raise ValueError(f"{len(shared)} patients are in both parts, for example {min(shared)}")
    known = {image.tobytes() for image in train.images}
    copies = sum(image.tobytes() in known for image in held_out.images)
    if copies:
        raise ValueError(f"{copies} pictures are in both parts under different names")


def patient_folds(crops: Crops, folds: int, seed: int = 0) -> NDArray[np.int64]:
    """Return a fold number (n,) for each crop; a patient's knees share a fold.

    Patients are dealt by their highest grade, so every fold has its share of each.
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


def main() -> None:
    """Say what the folder holds, and whether its split is clean."""
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
    check_leaks(train, val)
    print("no patient and no picture is in both parts")


if __name__ == "__main__":
    main()
