"""MobileNetV2, all layers trained, every grade drawn equally often and augmented."""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    augmentation="plain",
    hidden=128,
    dropout=0.5,
    neighbour_share=0.0,
    balanced=True,
    epochs=15,
    learning_rate=1e-4,
    schedule="plateau",
    weight_decay=0.0,
    averaging=0.0,
    patience=5,
)
