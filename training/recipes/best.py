"""Ours: the joint enlarged, the world's variety, averaged weights, no epoch chosen.

Members of the ensemble are this recipe on each fold: add `--fold 0` … `--fold 4`.
"""

from training.recipes import Recipe

RECIPE = Recipe(input_size=320, band=True, frozen_to="block_5_add", epochs=5)
