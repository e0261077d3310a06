"""MobileNetV2 on the joint's rows stretched to a square, histogram equalised, two phases.

60 of 224 rows are cut off at the top and at the bottom. The network is pulled out of proportion in
height by 2.2, and the equalisation hides how dense the bone is.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    view="stretched band",
    augmentation="plain",
    hidden=128,
    dropout=0.3,
    neighbour_share=0.0,
    class_weights=True,
    head_epochs=10,
    head_learning_rate=1e-3,
    frozen_to="block_11_expand_BN",  # the first 100 layers
    epochs=10,
    learning_rate=1e-5,
    schedule="plateau",
    weight_decay=0.0,
    averaging=0.0,
    patience=4,
)
