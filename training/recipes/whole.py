"""The whole crop at its own size, the box looser: the other kind of member of our ensemble.

Members that see something else err elsewhere. It costs two thirds of `best.py`'s work.
"""

from training.recipes import Recipe

RECIPE = Recipe(
    augmentation="loose box",
    frozen_to="block_5_add",
    epochs=9,
)
