"""Batches of augmented crops, their labels and their weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from training.data.augment import AUGMENTATIONS
from training.data.crops import Crops
from training.data.occlusion import hide_joint
from training.grader.teachers import Taught
from training.network.model import input_rows
from training.network.readings import mirrored, thresholds
from training.recipes.recipe import Recipe

MIXUP_SHAPE = 0.2  # of the beta distribution that the shares are drawn from
CUTMIX_SHAPE = 1.0

Floats = NDArray[np.float32]


def classes_of(grades: NDArray[np.int64], recipe: Recipe) -> NDArray[np.int64]:
    """Return the classes of a recipe: the grades (n,), or 1 where there is osteoarthritis."""
    return (grades >= OSTEOARTHRITIS_FROM).astype(np.int64) if recipe.binary else grades


def soft_labels(true: NDArray[np.int64], recipe: Recipe) -> Floats:
    """Return labels (n, classes): most on the true class, a share on its neighbours."""
    distance = np.abs(np.arange(recipe.classes) - true[:, None])
    near = (distance > 0) & (distance <= recipe.neighbour_width)
    closeness = near / np.maximum(distance, 1)
    shared = closeness / np.maximum(closeness.sum(1, keepdims=True), 1e-9)
    labels = np.where(distance == 0, 1 - recipe.neighbour_share, recipe.neighbour_share * shared)
    smooth = recipe.label_smoothing
    return (labels * (1 - smooth) + smooth / recipe.classes).astype(np.float32)


def blended(labels: Floats, taught: Floats, share: float) -> Floats:
    """Return labels of which `taught` is a share, each (n, k). NaN labels stay NaN."""
    return ((1 - share) * labels + share * taught).astype(np.float32)


def class_weights(true: NDArray[np.int64], recipe: Recipe) -> Floats:
    """Return one weight per crop (n,), mean 1; with class weights, each class counts the same."""
    if not recipe.class_weights:
        return np.ones(len(true), np.float32)
    counts = np.bincount(true, minlength=recipe.classes)
    return (len(true) / (np.count_nonzero(counts) * counts[true])).astype(np.float32)


class Batches(keras.utils.PyDataset):
    """Augmented batches in a new order each epoch, the same again for the same seed and epoch.

    `readings` (n, 6) are the crops' OARSI readings, NaN where not read; with them, labels and
    weights are pairs: the grade's, and the readings'. `taught` are predictions of the same crops.
    """

    def __init__(
        self,
        crops: Crops,
        recipe: Recipe,
        seed: int,
        readings: Floats | None = None,
        taught: Taught | None = None,
    ) -> None:
        super().__init__(workers=1)
        self.images, self.recipe, self.seed = crops.images, recipe, seed
        self.thresholds = None if readings is None else thresholds(readings)
        self.true = classes_of(crops.grades, recipe)
        self.labels = soft_labels(self.true, recipe)
        if taught is not None:
            self.labels = blended(self.labels, taught.grades, recipe.teacher_share)
            if self.thresholds is not None and taught.thresholds is not None:
                self.thresholds = blended(self.thresholds, taught.thresholds, recipe.teacher_share)
        if self.thresholds is not None:
            self.threshold_frequencies = mean_of_known(self.thresholds)
        self.weights = class_weights(self.true, recipe)
        self.frequencies = self.labels.mean(0)  # the label of a hidden joint
        self.augment = AUGMENTATIONS[recipe.augmentation]
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Set the order and the random changes of `epoch`."""
        self.epoch = epoch
        rng = np.random.default_rng((self.seed, epoch))
        self.order = rng.permutation(len(self.true))
        if self.recipe.balanced:
            share = len(self.true) // self.recipe.classes
            drawn = [rng.choice(np.flatnonzero(self.true == c), share) for c in set(self.true)]
            self.order = rng.permutation(np.concatenate(drawn))

    def __len__(self) -> int:
        return len(self.order) // self.recipe.batch

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        rows = self.order[index * self.recipe.batch : (index + 1) * self.recipe.batch]
        rng = np.random.default_rng((self.seed, self.epoch, index))
        hidden = self.hidden(rows, rng)
        labels = np.where(hidden[:, None], self.frequencies, self.labels[rows])
        mirrors = rng.random(len(rows)) < 0.5
        images = self.changed(rows, hidden, mirrors, rng)
        images, labels = mixed(images, labels, self.recipe.mixing, rng)
        weights = self.weights[rows]
        if self.thresholds is None:
            return images, labels, weights
        reached = reading_labels(self.thresholds[rows], hidden, mirrors, self.threshold_frequencies)
        return images, (labels, reached), (weights, weights)

    def hidden(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
        """Return which of the crops at `rows` (n,) are shown with their joint hidden."""
        return rng.random(len(rows)) < self.recipe.hidden_joints

    def changed(
        self,
        rows: NDArray[np.int64],
        hidden: NDArray[np.bool_],
        mirrors: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> Floats:
        """Return augmented copies (n, h, w, 1) of the crops at `rows`, in the input size."""
        images = (
            hide_joint(self.images[row], rng) if hide else self.images[row]
            for row, hide in zip(rows, hidden, strict=True)
        )
        size, seen = self.recipe.input_size, input_rows(self.recipe)
        return np.stack(
            [
                self.augment(image, rng, size=size, mirror=bool(mirror))[seen]
                for image, mirror in zip(images, mirrors, strict=True)
            ]
        )


def reading_labels(
    reached: Floats, hidden: NDArray[np.bool_], mirrors: NDArray[np.bool_], frequencies: Floats
) -> Floats:
    """Return thresholds (n, 18) of crops by the sides of their copies' pictures.

    NaN stays NaN. Copies with a hidden joint get the frequencies (18,), as their grade does.
    """
    labels = np.where(hidden[:, None], frequencies, reached)
    return np.where(mirrors[:, None], mirrored(labels), labels).astype(np.float32)


def mean_of_known(labels: Floats) -> Floats:
    """Return the mean (k,) of labels (n, k) over the rows that are not NaN; NaN without any."""
    known = ~np.isnan(labels)
    count = known.sum(0)
    total = np.where(known, labels, 0).sum(0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def mixed(
    images: Floats, labels: Floats, how: str, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Mix each crop of a batch and its label with another's (Zhang 2018, Yun 2019)."""
    if not how:
        return images, labels
    other = rng.permutation(len(images))
    if how == "mixup":
        share = rng.beta(MIXUP_SHAPE, MIXUP_SHAPE)
        blended = share * images + (1 - share) * images[other]
    elif how == "cutmix":
        height, width = images.shape[1:3]
        side = (1 - rng.beta(CUTMIX_SHAPE, CUTMIX_SHAPE)) ** 0.5
        rows, columns = round(side * height), round(side * width)
        top = int(rng.integers(height - rows + 1))
        left = int(rng.integers(width - columns + 1))
        blended = images.copy()
        place = np.s_[:, top : top + rows, left : left + columns]
        blended[place] = images[other][place]
        share = 1 - rows * columns / (height * width)
    else:
        raise ValueError(f"there is no mixing called {how}")
    return blended.astype(np.float32), (share * labels + (1 - share) * labels[other]).astype(
        np.float32
    )
