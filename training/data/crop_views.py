"""Parts of a crop that are a network's input in place of the whole."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops

VIEWS = ("whole", "stretched band")
CUT_ROWS = 60 / 224  # of the height, at the top and at the bottom


def view(crops: Crops, name: str) -> Crops:
    """Return the crops as a recipe's `view` shows them."""
    if name == "whole":
        return crops
    if name == "stretched band":
        return replace(crops, images=np.stack([stretched_band(image) for image in crops.images]))
    raise ValueError(f"there is no view called {name}")


def stretched_band(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut off top and bottom, stretch the rest to a square and equalise its histogram."""
    height, width = image.shape
    cut = round(CUT_ROWS * height)
    square = cv2.resize(image[cut : height - cut], (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.equalizeHist(square).astype(np.uint8)
