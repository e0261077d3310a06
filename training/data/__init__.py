"""The public dataset of knee crops and its augmentation."""
