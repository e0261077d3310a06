"""Colour maps for heat maps: colours from less to more, with opacity, and over a knee."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


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
