"""The settings of one training run: its recipe, and what belongs to this run alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from training.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One training run.

    `weights` are ImageNet weights of the backbone, None starts from scratch. `split` names what is
    held out, for the record. `start` is a finished run whose training continues; it must have left
    out the same patients. `feature_cache` is a folder of `training.grader.feature_cache`.
    `readings` is the table of `training.data.readings`, needed where the recipe learns readings.
    `teachers` are finished runs whose out-of-fold predictions are a share of the labels.
    """

    recipe: Recipe
    weights: Path | None = None
    seed: int = 0
    split: str = "val"
    start: Path | None = None
    feature_cache: Path | None = None
    readings: Path | None = None
    teachers: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.recipe.readings_weight) != (self.readings is not None):
            raise ValueError("a recipe with readings needs their table, and no other recipe one")
        if self.readings is not None and self.feature_cache is not None:
            raise ValueError("a cache does not tell which copies are mirrored: no readings with it")
        if bool(self.recipe.teacher_share) != bool(self.teachers):
            raise ValueError("teachers need a share of the label, and a share needs teachers")
        if self.teachers and self.feature_cache is not None:
            raise ValueError("teachers are not supported on a cache")

    def record(self, knees: int) -> dict[str, object]:
        """Return what the run folder stores, ready for JSON; `knees` is how many are trained on."""
        return {
            **asdict(self.recipe),
            "seed": self.seed,
            "held_out": self.split,
            "knees": knees,
            "start": self.start and self.start.name,
            "teachers": [run.name for run in self.teachers],
        }
