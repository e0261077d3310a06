"""A class map drawn over a radiograph: colours, outline, legend."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from koa_desktop.knees.crop import Pixels

# What a heat map explains: a grade (0..4), or that there is osteoarthritis at all.
Explained = int | Literal["osteoarthritis"]
OUTLINE_LEVEL = 0.5  # of the map's maximum: inside, the area that spoke most


class ColourMap(Enum):
    """Colours from less to more: even in lightness, safe for colour-blind eyes."""

    INFERNO = "inferno"
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"
    GREY = "grey"


_OPENCV = {
    ColourMap.INFERNO: cv2.COLORMAP_INFERNO,
    ColourMap.VIRIDIS: cv2.COLORMAP_VIRIDIS,
    ColourMap.CIVIDIS: cv2.COLORMAP_CIVIDIS,
}


def map_of(maps: Pixels, explained: Explained) -> Pixels:
    """Return one map (h, w), in logits, of the class maps (h, w, 5).

    Osteoarthritis is the mean map of KL 2-4 less the mean map of KL 0-1: positive where the joint
    speaks for KL 2 or more rather than against it.
    """
    if explained == "osteoarthritis":
        with_it = maps[..., OSTEOARTHRITIS_FROM:].mean(axis=-1)
        difference: Pixels = with_it - maps[..., :OSTEOARTHRITIS_FROM].mean(axis=-1)
        return difference
    one: Pixels = maps[..., explained]
    return one


def heat(class_map: Pixels, size: int) -> Pixels:
    """Return a class map (h, w), in logits, as float32 (size, size) 0..1.

    Grad-CAM (Selvaraju 2017): what speaks against the class is cut off, the rest is scaled to its
    maximum. All zero where nothing speaks for the class.
    """
    positive = np.maximum(class_map, 0).astype(np.float32)
    top = float(positive.max())
    if top <= 0:
        return np.zeros((size, size), np.float32)
    enlarged = cv2.resize(positive / top, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(enlarged, 0, 1)


def colours(
    heat_map: Pixels, opacity: float, colour_map: ColourMap = ColourMap.INFERNO
) -> NDArray[np.uint8]:
    """Return RGBA (H, W, 4) uint8 of a heat map (H, W) 0..1; `opacity` 0..1 at its hottest."""
    index = np.round(heat_map * 255).astype(np.uint8)
    picture = np.empty((*heat_map.shape, 4), np.uint8)
    picture[..., :3] = colour_table(colour_map)[index]
    picture[..., 3] = np.round(255 * opacity * np.clip(heat_map * 1.6, 0, 1))
    return picture


def colour_table(colour_map: ColourMap = ColourMap.INFERNO) -> NDArray[np.uint8]:
    """Return RGB (256, 3) uint8 from less to more."""
    ramp = np.arange(256, dtype=np.uint8)
    if colour_map is ColourMap.GREY:
        return np.repeat(ramp[:, None], 3, axis=1)
    return cv2.applyColorMap(ramp[None], _OPENCV[colour_map])[0, :, ::-1].astype(np.uint8)


def outline(heat_map: Pixels) -> list[NDArray[np.float32]]:
    """Return closed curves (n, 2), x and y in the map's pixels, round the area that spoke most."""
    inside = (heat_map >= OUTLINE_LEVEL).astype(np.uint8)
    if not inside.any():
        return []
    found, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [curve[:, 0, :].astype(np.float32) for curve in found if len(curve) > 2]


def blend(
    crop: Pixels,
    heat_map: Pixels,
    opacity: float = 0.6,
    colour_map: ColourMap = ColourMap.INFERNO,
) -> NDArray[np.uint8]:
    """Return RGB (H, W, 3) uint8 of a crop (H, W) or (H, W, 1), 0..1, under its heat map."""
    grey = np.round(crop.reshape(heat_map.shape) * 255)[..., None]
    over = colours(heat_map, opacity, colour_map).astype(np.float32)
    share = over[..., 3:] / 255
    blended: NDArray[np.uint8] = np.round(grey * (1 - share) + over[..., :3] * share).astype(
        np.uint8
    )
    return blended
