"""EfficientNet-B3 at 224, every grade drawn equally often and augmented.

Published figures of 85 to 90 % balance before the split: `training/evaluation/leak.py` shows the
effect.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    backbone="efficientnetb3",
    augmentation="plain",
    hidden=128,
    dropout=0.4,
    neighbour_share=0.0,
    label_smoothing=0.1,
    balanced=True,
    head_epochs=5,
    epochs=15,
    learning_rate=1e-4,
    schedule="plateau",
    weight_decay=0.0,
    averaging=0.0,
    patience=5,
)
