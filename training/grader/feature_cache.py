"""Cache of the frozen layers' activations for augmented copies of every crop.

    python -m training.grader.feature_cache --recipe best --data DATA/knee --weights WEIGHTS.h5 \
        --out runs/cache

If a recipe freezes the backbone's first layers, their activations do not depend on the fold or the
member. So each crop's augmented copies go through them once, and `training.grader.train
--feature-cache` trains the later layers, two to four times as fast. The frozen layers were never
trained on a grade, so nothing leaks between folds. One file per copy holds float16 (n, h, w, k) in
the order of train and val; two more hold the crops as they are and mirrored. Existing files are not
written again. These copies are rendered at 224 pixels and enlarged in the network; without a cache
copies are rendered at the network's size.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from training.data.augment import AUGMENTATIONS
from training.data.crop_views import view
from training.data.crops import Crops, load_crops
from training.data.occlusion import hidden_in_copy, hide_joint
from training.grader.batches import Batches
from training.grader.options import add_changes, changed
from training.network.model import build_model
from training.network.parts import stem_of
from training.recipes.recipe import Recipe
from training.recipes.registry import RECIPES
from training.runs.bundle_predictions import model_inputs

AT_ONCE = 64
DESCRIPTION = "cache.json"
SHAPED_BY = (  # of a recipe
    "view",
    "input_size",
    "band",
    "augmentation",
    "hidden_joints",
    "backbone",
    "frozen_to",
)

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]


class FeatureCache:
    """A folder of cached activations. Raises ValueError where another recipe made them."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        kept = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        for name, value in shape_of(recipe).items():
            if kept["recipe"].get(name) != value:
                raise ValueError(f"the cache was made with {name} {kept['recipe'].get(name)!r}")
        self.folder, self.count = folder, int(kept["count"])
        self.hidden_joints = recipe.hidden_joints
        self._row_of = {name: row for row, name in enumerate(kept["knees"])}

    def rows(self, crops: Crops) -> NDArray[np.int64]:
        """Return the crops' rows (n,) in the files."""
        return np.array([self._row_of[name] for name in crops.names])

    def copy(self, number: int) -> Halves:
        """Return the activations (n, h, w, k) of one copy of every crop, memory-mapped."""
        return np.load(self.folder / copy_name(number % self.count), mmap_mode="r")

    def hidden(self, number: int) -> NDArray[np.bool_]:
        """Return for which knees (n,) a copy hides the joint."""
        return hidden_in_copy(number % self.count, len(self._row_of), self.hidden_joints)

    def looks(self, crops: Crops) -> tuple[Floats, Floats]:
        """Return the activations (n, h, w, k) of the crops as they are, and mirrored."""
        rows = self.rows(crops)
        plain, mirrored = (
            np.load(self.folder / f"{name}.npy", mmap_mode="r")[rows].astype(np.float32)
            for name in ("plain", "mirrored")
        )
        return plain, mirrored


class CachedBatches(Batches):
    """Batches of cached activations, another copy each epoch, beginning with the seed's."""

    def __init__(self, cache: FeatureCache, crops: Crops, recipe: Recipe, seed: int) -> None:
        self.cache, self.rows = cache, cache.rows(crops)
        super().__init__(crops, recipe, seed)

    def shuffle(self, epoch: int) -> None:
        """Take the order and the copies of `epoch`."""
        super().shuffle(epoch)
        self.activations = self.cache.copy(self.seed + epoch)
        self.hides = self.cache.hidden(self.seed + epoch)

    def hidden(
        self,
        rows: NDArray[np.int64],
        rng: np.random.Generator,  # noqa: ARG002
    ) -> NDArray[np.bool_]:
        """Return which of the crops at `rows` (n,) the copy shows with their joint hidden."""
        return self.hides[self.rows[rows]]

    def changed(
        self,
        rows: NDArray[np.int64],
        hidden: NDArray[np.bool_],  # noqa: ARG002
        mirrors: NDArray[np.bool_],  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Floats:
        """Return the cached activations (n, h, w, k) of copies of the crops at `rows`."""
        return np.stack([self.activations[row] for row in self.rows[rows]]).astype(np.float32)


def shape_of(recipe: Recipe) -> dict[str, object]:
    """Return the settings that the activations depend on."""
    return {name: value for name, value in asdict(recipe).items() if name in SHAPED_BY}


def copy_name(number: int) -> str:
    """Return the file that holds a copy."""
    return f"copy_{number:03d}.npy"


def render(crops: Crops, recipe: Recipe, model: keras.Model, out: Path, count: int) -> None:
    """Write the folder: `count` augmented copies of each crop, itself and its mirror image."""
    from training.network.litert import runner

    if not recipe.frozen_to:
        raise ValueError("nothing of this recipe's network is frozen: there is nothing to cache")
    out.mkdir(parents=True, exist_ok=True)
    crops = view(crops, recipe.view)
    stem = stem_of(model, recipe.frozen_to)
    activate = runner(stem)
    shape = (len(crops), *stem.output.shape[1:])

    def write(name: str, pictures: Iterable[Floats]) -> None:
        path = out / name
        if path.exists():
            return
        begun = path.with_suffix(".begun")
        file = open_memmap(begun, mode="w+", dtype=np.float16, shape=shape)
        part: list[Floats] = []
        done = 0
        for picture in pictures:
            part.append(picture)
            if len(part) == AT_ONCE or done + len(part) == len(crops):
                file[done : done + len(part)] = activate(np.stack(part))
                done, part = done + len(part), []
        file.flush()
        del file  # Windows renames no file that is mapped
        begun.replace(path)
        print(f"written: {name}", flush=True)

    write("plain.npy", model_inputs(crops))
    write("mirrored.npy", (picture[:, ::-1] for picture in model_inputs(crops)))
    text = json.dumps({"recipe": shape_of(recipe), "count": count, "knees": crops.names})
    (out / DESCRIPTION).write_text(text, encoding="utf-8")
    augment = AUGMENTATIONS[recipe.augmentation]
    for number in range(count):
        rng = np.random.default_rng(number)
        hides = hidden_in_copy(number, len(crops), recipe.hidden_joints)
        images = (
            hide_joint(image, rng) if hide else image
            for image, hide in zip(crops.images, hides, strict=True)
        )
        write(copy_name(number), (augment(image, rng) for image in images))


def main() -> None:
    """Cache the activations of a recipe's frozen layers for augmented copies of every crop."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--recipe", choices=RECIPES, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the cache")
    parser.add_argument("--count", type=int, default=14, help="augmented copies of each crop")
    add_changes(parser)
    args = parser.parse_args()
    crops = load_crops(args.data / "train").and_also(load_crops(args.data / "val"))
    recipe = changed(RECIPES[args.recipe], args)
    render(crops, recipe, build_model(recipe, args.weights), args.out, args.count)


if __name__ == "__main__":
    main()
