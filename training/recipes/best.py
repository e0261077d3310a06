"""The shipped recipe: joint band at 320 px, light augmentation, EMA weights, fixed epochs.

Members of the ensemble are this recipe on each fold, or members of an earlier bundle
(`training.grader.unpack`), that go on, looser in pose and with some joints hidden (`--start
runs/koa_0 --frozen-norms --learning-rate 3e-4 --epochs 3 --augmentation "loose radiograph"
--hidden-joints 0.08`), averaged with where they began (`training.grader.weight_averaging`); beside
them stands `whole_crop`.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    input_size=320,
    band=True,
    augmentation="light radiograph",
    frozen_to="block_5_add",
    epochs=9,
)
