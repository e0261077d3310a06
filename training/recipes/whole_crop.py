"""The other kind of member: the whole crop, everything learns, from ImageNet.

It errs elsewhere than `best` does, so one for each fold beside those gains accuracy, which more of
those did not; but where the box is off it gives the gain back, so what ships has none yet
(`EXPERIMENTS.md`). Slow on a CPU: 10 images/s on two cores.
"""

from training.recipes import Recipe

RECIPE = Recipe(
    input_size=320,
    augmentation="loose radiograph",
    hidden_joints=0.04,
    epochs=8,
)
