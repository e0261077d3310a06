"""The second kind of member: the whole crop, all layers trained from ImageNet weights.

It errs elsewhere than `best` does, so one for a fold beside that one seems to gain more than a
second of the same kind (`EXPERIMENTS.md`). Slow on a CPU: 10 images/s on two cores.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    input_size=320,
    augmentation="loose radiograph",
    hidden_joints=0.04,
    epochs=8,
)
