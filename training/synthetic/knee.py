"""Synthetic knees, drawn from the statistics of a grade's crops.

A crop is taken apart into three layers, each with its own statistics over many patients:

1. shape: the displacement that brings the grade's common anatomy onto this knee (dense optical
   flow; the common anatomy is the median of the registered crops, built up in a few rounds);
2. shade: what is left of the crop after a wide blur, and detail: the rest, brought onto the common
   anatomy, so that cortices and the joint space stay sharp where crops are averaged;
3. texture: what neither mean nor principal components of the detail explain, reduced to the mean
   power spectrum around each place, without its phases.

`draw` takes random coefficients of the components of 1 and 2, gives 3 random phases, and warps.
Every number is an average or a component over many patients, so none of them is in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.crop import CROP_SIZE, stretch

Array = NDArray[np.float32]

SHADE_SIGMA = 16.0  # pixels: wider variation is shade, finer is detail
FLOW_SIGMAS = (10.0, 6.0, 4.0)  # smoothing of the displacement in each round of registration
BORDER = 24  # pixels over which a displacement across the picture's border fades out
SHAPE_GRID, SHADE_GRID = 56, 28
SHAPE_MODES, SHADE_MODES, DETAIL_MODES = 20, 6, 16
MISFITS = 0.15  # share of the crops left out because they register worst
WINDOW, HOP = 32, 16  # pixels, of the places whose power spectrum is stored
TEXTURE_PERIOD = 12.0  # pixels: slower residuals are misfit of the registration, not bone
CONTRAST_QUANTILE = 0.75  # of the crops' detail: a crisp film, not the crispest
STEEPEST = 0.8  # pixels a pixel: from 1 on, a displacement may fold
SMOOTHING = (2.0, 4.0, 6.0, 8.0)  # pixels
SHAPE_SPREAD, SHADE_SPREAD, DETAIL_SPREAD = 1.0, 1.2, 1.2  # standard deviations drawn

_ROWS, _COLUMNS = np.mgrid[:CROP_SIZE, :CROP_SIZE].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Modes:
    """Mean (d,), principal components (k, d) and their standard deviations (k,)."""

    mean: Array
    components: Array
    deviations: Array

    @classmethod
    def fit(cls, rows: Array, count: int) -> Modes:
        """Fit at most `count` components to rows (n, d)."""
        mean = rows.mean(0)
        centred = rows - mean
        values, vectors = np.linalg.eigh(centred @ centred.T)
        count = min(count, len(rows) - 1)
        values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
        lengths = np.sqrt(np.maximum(values, 1e-12))
        # The sign of an eigenvector is arbitrary: the largest entry is made positive.
        vectors *= np.sign(vectors[np.abs(vectors).argmax(0), np.arange(count)])
        components = (vectors.T @ centred) / lengths[:, None]
        return cls(mean, components.astype(np.float32), (lengths / np.sqrt(len(rows))))

    def draw(self, rng: np.random.Generator, spread: float) -> Array:
        """Return a random row (d,), `spread` standard deviations wide."""
        coefficients = spread * rng.standard_normal(len(self.deviations)) * self.deviations
        return np.asarray(self.mean + coefficients @ self.components, np.float32)

    def residual(self, rows: Array) -> Array:
        """Return what the components leave unexplained of rows (n, d)."""
        centred = rows - self.mean
        return np.asarray(centred - (centred @ self.components.T) @ self.components, np.float32)


@dataclass(frozen=True, slots=True)
class KneeStatistics:
    """The statistics of a grade's crops. `spectra` (rows, columns, WINDOW, WINDOW // 2 + 1)."""

    shape: Modes
    shade: Modes
    detail: Modes
    spectra: Array
    contrast: float
    knees: int


@dataclass(frozen=True, slots=True)
class _Layers:
    shade: Array
    detail: Array
    contrast: float


def learn(images: NDArray[np.uint8]) -> KneeStatistics:
    """Return the statistics of crops (n, 224, 224), all mirrored to the same side, bone bright."""
    layers = [_take_apart(image) for image in images]
    displacements, details = _register(np.stack([layer.detail for layer in layers]))
    fits = _agreement(details)
    kept = np.flatnonzero(fits >= np.quantile(fits, MISFITS))
    shades = [_warp(layers[i].shade, displacements[i]) for i in kept]
    details = details[kept].reshape(len(kept), -1)
    detail = Modes.fit(details, DETAIL_MODES)
    return KneeStatistics(
        shape=Modes.fit(_rows(list(displacements[kept]), SHAPE_GRID), SHAPE_MODES),
        shade=Modes.fit(_rows(shades, SHADE_GRID), SHADE_MODES),
        detail=detail,
        spectra=_local_spectra(detail.residual(details).reshape(-1, CROP_SIZE, CROP_SIZE)),
        contrast=float(np.quantile([layers[i].contrast for i in kept], CONTRAST_QUANTILE)),
        knees=len(kept),
    )


def draw(statistics: KneeStatistics, rng: np.random.Generator) -> Array:
    """Return a new knee (224, 224) float32, 0..1, bone bright, from random coefficients."""
    shape = _draw_shape(statistics.shape, rng)
    shade = _enlarge(statistics.shade.draw(rng, SHADE_SPREAD).reshape(SHADE_GRID, SHADE_GRID))
    detail = statistics.detail.draw(rng, DETAIL_SPREAD).reshape(CROP_SIZE, CROP_SIZE)
    detail = detail + _random_texture(statistics.spectra, rng)
    picture = _unwarp(shade + np.float32(statistics.contrast) * detail, shape)
    return stretch(picture)[..., 0]


def _draw_shape(modes: Modes, rng: np.random.Generator) -> Array:
    """Draw a displacement; smooth and lessen it until it folds nowhere and `_unwarp` converges."""
    drawn = _enlarge(modes.draw(rng, SHAPE_SPREAD).reshape(SHAPE_GRID, SHAPE_GRID, 2))
    shape = _fade(drawn)
    for sigma in SMOOTHING:
        if _steepest(shape) <= STEEPEST:
            break
        shape = _fade(np.asarray(cv2.GaussianBlur(drawn, (0, 0), sigma), np.float32))
    return shape * np.float32(min(1.0, STEEPEST / _steepest(shape)))


def _steepest(displacement: Array) -> float:
    """Return by how many pixels two neighbours move apart at most."""
    by_row, by_column = np.diff(displacement, axis=0)[:, 1:], np.diff(displacement, axis=1)[1:]
    steepness = np.sqrt((by_row**2 + by_column**2).sum(-1))
    return max(float(steepness.max()), 1e-6)


def _take_apart(image: NDArray[np.uint8]) -> _Layers:
    picture = stretch(image.astype(np.float32) / np.float32(255))[..., 0]
    shade = np.asarray(cv2.GaussianBlur(picture, (0, 0), SHADE_SIGMA), np.float32)
    detail = picture - shade
    contrast = max(float(detail[BORDER:-BORDER, BORDER:-BORDER].std()), 1e-3)
    return _Layers(shade, detail / contrast, contrast)


def _register(details: Array) -> tuple[Array, Array]:
    """Return displacements (n, 224, 224, 2), common anatomy to knee, and the details so warped."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow.setFinestScale(0)
    common = details.mean(0)
    pictures = [_as_bytes(detail) for detail in details]
    displacements = np.zeros((*details.shape, 2), np.float32)
    warped = details
    for sigma in FLOW_SIGMAS:
        target = _as_bytes(common / max(float(common.std()), 1e-6))
        for row, picture in zip(displacements, pictures, strict=True):
            moved = flow.calc(target, picture, np.zeros_like(row))
            row[:] = _fade(np.asarray(cv2.GaussianBlur(moved, (0, 0), sigma), np.float32))
        warped = np.stack(
            [_warp(detail, row) for detail, row in zip(details, displacements, strict=True)]
        )
        common = np.median(warped, 0)
    return displacements, warped


def _as_bytes(detail: Array) -> NDArray[np.uint8]:
    return np.clip(128 + 35 * detail, 0, 255).astype(np.uint8)


def _fade(displacement: Array) -> Array:
    """Let nothing move across the border: what lies beyond it is not known."""
    distance = np.minimum(np.arange(CROP_SIZE), np.arange(CROP_SIZE)[::-1])
    ramp = np.sin(np.pi / 2 * np.clip(distance / BORDER, 0, 1)).astype(np.float32)
    return displacement * np.stack(np.broadcast_arrays(ramp[None, :], ramp[:, None]), -1)


def _warp(picture: Array, displacement: Array) -> Array:
    return np.asarray(
        cv2.remap(
            picture,
            _COLUMNS + displacement[..., 0],
            _ROWS + displacement[..., 1],
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _unwarp(picture: Array, displacement: Array) -> Array:
    """Bring a picture of the common anatomy onto the knee; the inverse by fixed-point steps."""
    inverse = -displacement
    for _ in range(10):
        inverse = -_warp(displacement, inverse)
    return _warp(picture, inverse)


def _agreement(details: Array) -> NDArray[np.float64]:
    """Return the correlation (n,) of registered details with their median."""
    inner = details[:, BORDER:-BORDER, BORDER:-BORDER].reshape(len(details), -1)
    common = np.median(inner, 0)
    return np.array([np.corrcoef(row, common)[0, 1] for row in inner])


def _rows(fields: list[Array], grid: int) -> Array:
    small = [cv2.resize(field, (grid, grid), interpolation=cv2.INTER_AREA) for field in fields]
    return np.asarray(np.stack(small).reshape(len(small), -1), np.float32)


def _enlarge(field: Array) -> Array:
    size = (CROP_SIZE, CROP_SIZE)
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _taper() -> Array:
    edge = np.hanning(WINDOW + 2)[1:-1]
    return np.outer(edge, edge).astype(np.float32)


def _places() -> range:
    """First pixel of each window along an axis that is padded by WINDOW at both ends."""
    return range(0, CROP_SIZE + WINDOW + 1, HOP)


def _local_spectra(residuals: Array) -> Array:
    """Return the mean power spectrum of residuals (n, 224, 224) in each window."""
    taper = _taper()
    padded = np.pad(residuals, ((0, 0), (WINDOW, WINDOW), (WINDOW, WINDOW)), "reflect")
    frequency = np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)[None, :])
    fine = 1 - np.exp(-((frequency * TEXTURE_PERIOD) ** 2) / 2)

    def spectrum(top: int, left: int) -> Array:
        window = padded[:, top : top + WINDOW, left : left + WINDOW] * taper
        power = (np.abs(np.fft.rfft2(window)) ** 2).mean(0) / (taper**2).sum()
        return np.asarray(power * fine**2, np.float32)

    return np.stack([[spectrum(top, left) for left in _places()] for top in _places()])


def _random_texture(spectra: Array, rng: np.random.Generator) -> Array:
    """Return noise (224, 224) that has around each place the spectrum found there."""
    taper = _taper()
    size = CROP_SIZE + 2 * WINDOW
    noise = rng.standard_normal((size, size)).astype(np.float32)
    texture, weight = np.zeros((2, size, size), np.float32)
    for row, top in enumerate(_places()):
        for column, left in enumerate(_places()):
            place = np.s_[top : top + WINDOW, left : left + WINDOW]
            coloured = np.fft.rfft2(noise[place] * taper) * np.sqrt(spectra[row, column])
            texture[place] += np.fft.irfft2(coloured, (WINDOW, WINDOW)).astype(np.float32) * taper
            weight[place] += taper**2
    inner = np.s_[WINDOW:-WINDOW, WINDOW:-WINDOW]
    return np.asarray(texture[inner] / weight[inner], np.float32)
