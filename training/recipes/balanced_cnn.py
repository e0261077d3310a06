"""A small network from scratch, every grade drawn equally often and augmented.

Many published notebooks write copies to the disk before they split, and so measure on copies of
trained knees (see `training/evaluation/leak.py`). Here copies are drawn after the split.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    backbone="cnn",
    augmentation="plain",
    hidden=128,
    dropout=0.5,
    neighbour_share=0.0,
    balanced=True,
    epochs=30,
    schedule="plateau",
    weight_decay=0.0,
    averaging=0.0,
    patience=5,
)
