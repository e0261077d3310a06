"""Files for tests of the window: crops like a knee, a film to place boxes on, a broken file."""

from pathlib import Path

import cv2
import numpy as np

from koa_desktop.system.paths import RESOURCES, SAMPLES


def knee_crop(folder: Path, name: str = "crop.png", seed: int = 0) -> Path:
    mean = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    large = cv2.resize(mean, (224, 224), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 6, large.shape)
    return _write(folder / name, np.clip(large + noise, 0, 255).astype(np.uint8))


def wide_film(folder: Path, name: str = "film.png") -> Path:
    crop = cv2.imdecode(np.fromfile(knee_crop(folder, f"part-{name}"), np.uint8), 0)
    (folder / f"part-{name}").unlink()
    film = np.zeros((500, 700), np.uint8)
    film[130:354, 60:284] = crop
    film[130:354, 410:634] = crop[:, ::-1]
    return _write(folder / name, film)


def two_grades_film(folder: Path, name: str = "grades.png") -> Path:
    """A film like `wide_film`: no osteoarthritis in the left knee, severe in the right one."""
    return _film_of_samples(folder / name, (0, 4), ground=0)


def measurable_film(folder: Path, name: str = "spaces.png") -> Path:
    """A film like `wide_film`, with four joint spaces that can be measured."""
    return _film_of_samples(folder / name, (1, 3), ground=60)


def _film_of_samples(path: Path, grades: tuple[int, int], ground: int) -> Path:
    film = np.full((500, 700), ground, np.uint8)
    for grade, left in zip(grades, (60, 410), strict=True):
        sample = cv2.imdecode(np.fromfile(SAMPLES / f"grade{grade}.png", np.uint8), 0)
        film[130:354, left : left + 224] = cv2.resize(sample, (224, 224))
    return _write(path, film)


def broken_file(folder: Path, name: str = "broken.dcm") -> Path:
    path = folder / name
    path.write_bytes(b"this is no radiograph" * 20)
    return path


def _write(path: Path, picture: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return path
