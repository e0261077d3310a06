"""Ours, the other kind: the whole crop, everything learns, from ImageNet.

It errs elsewhere than `best` does: one for each fold beside those adds what more of those did not.
Slow on a CPU (MobileNetV2 at 320, nothing frozen: 10 images/s on two cores).
"""

from training.recipes import Recipe

RECIPE = Recipe(
    input_size=320,
    augmentation="loose radiograph",
    hidden_joints=0.04,
    epochs=8,
)
