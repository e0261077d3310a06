"""The whole crop at 320 pixels, all layers learning, with OARSI readings beside the grade.

Needs the table of readings (`--readings`); without it only the grade is learned.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    input_size=320,
    augmentation="loose radiograph",
    hidden_joints=0.04,
    readings_weight=1.0,
    epochs=8,
)
