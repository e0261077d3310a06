"""Ours: the joint enlarged, the world's variety, averaged weights, no epoch chosen.

Members of the ensemble are this recipe on each fold, first as it stands (`--fold 0 --run
runs/fold0`), then gone on with lighter changes and a lower rate (`--start runs/fold0 --augmentation
"light radiograph" --learning-rate 3e-4 --epochs 4 --run runs/fold0_fine`): short of time, the full
variety alone leaves a network underfitted.
"""

from training.recipes import Recipe

RECIPE = Recipe(input_size=320, band=True, frozen_to="block_5_add", epochs=5)
