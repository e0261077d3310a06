"""The second kind of member: the whole crop, all layers trained, from ImageNet.

Its errors differ from those of `best`, so an ensemble of one of each gains more than two of a kind
(`EXPERIMENTS.md`). Slow on a CPU: 10 images/s on two cores.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    input_size=320,
    augmentation="loose radiograph",
    hidden_joints=0.04,
    epochs=8,
)
