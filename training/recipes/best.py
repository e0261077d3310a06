"""The shipped recipe: joint band at 320 pixels, light augmentation, EMA weights, fixed epochs.

Members of the ensemble are this recipe on each fold, or members of an earlier bundle
(`training.grader.unpack`), trained further with larger changes of pose and some hidden joints
(`--start runs/koa_0 --frozen-norms --learning-rate 3e-4 --epochs 3 --augmentation "loose
radiograph" --hidden-joints 0.08`) and averaged with their start
(`training.grader.weight_averaging`). The other members are those of `whole_crop`.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    input_size=320,
    band=True,
    augmentation="light radiograph",
    frozen_to="block_5_add",
    epochs=9,
)
