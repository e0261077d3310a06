"""InceptionV3 at its smallest input, 75 x 75: osteoarthritis (KL >= 2) or not.

Its accuracy is higher only because grades are merged; KL 1 against 2 remains the hard question.
"""

from training.recipes.recipe import Recipe

RECIPE = Recipe(
    backbone="inceptionv3",
    input_size=75,
    augmentation="plain",
    binary=True,
    neighbour_share=0.0,
    head_epochs=5,
    epochs=15,
    learning_rate=1e-4,
    schedule="plateau",
    weight_decay=0.0,
    averaging=0.0,
    patience=5,
)
