"""A small network from scratch, every grade drawn equally often and augmented.

Others write the copies to the disk before they split, and so measure on copies of what they
trained on (see `leak.py`). Here crops are drawn anew after the split.
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
