"""PNG, JPEG, TIFF and BMP bytes -> grey values.

A file's resolution is left alone: in these formats it is a print size, not a pixel spacing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from koa_desktop.errors import ReadError

MAX_PIXELS = 120_000_000
FORMATS = tuple(kind.format for kind in (PngImageFile, JpegImageFile, TiffImageFile, BmpImageFile))
# ITU-R BT.601, as JPEG's own luminance.
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_MOST = 1e15  # no grey value is larger, and float32 can square it
_COLOUR_MODES = ("RGB", "RGBA", "LA")
_MIN_IS_WHITE = 0
_PHOTOMETRIC_TAG = 262

_CUT_SHORT = "This file is cut short or damaged: the picture is incomplete."
_TOO_LARGE = "This picture has more than 120 million pixels, which no radiograph has."


@dataclass(frozen=True, eq=False)
class Picture:
    """Grey values (H, W) of type uint8, uint16, int16 or float32, and what to say of them."""

    values: NDArray[Any]
    file_format: str
    notes: tuple[str, ...] = ()


def read_picture(data: bytes) -> Picture:
    """Decode a PNG, JPEG, TIFF or BMP file. Raises ReadError."""
    silence("PIL")
    # Pillow's own limit warns only; ours, below, refuses before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            check_size(image.width, image.height)
            pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            # A JPEG that holds a second picture, as telephones write it, is an MPO to Pillow.
            file_format = "JPEG" if image.format == "MPO" else str(image.format)
            values = _grey(image, data)
    except ReadError:
        raise
    except UnidentifiedImageError as error:
        raise ReadError(_CUT_SHORT) from error
    except MemoryError as error:
        raise ReadError("This picture is too large for this computer's memory.") from error
    except Exception as error:
        # Pillow's plugins raise anything from SyntaxError to struct.error on damaged files.
        raise ReadError(_CUT_SHORT) from error
    notes = (f"The first of {pages} pages is shown.",) if pages > 1 else ()
    return Picture(values, file_format, notes)


def check_size(width: int, height: int) -> None:
    """Raise ReadError where a picture is empty or larger than any radiograph."""
    if width < 1 or height < 1:
        raise ReadError("The picture in this file is empty.")
    if width * height > MAX_PIXELS:
        raise ReadError(_TOO_LARGE)


def luminance(colour: NDArray[Any]) -> NDArray[Any]:
    """Return grey values (H, W) of RGB values (H, W, 3), of the same type, uint8 or uint16."""
    grey = colour[..., :3].astype(np.float32) @ _LUMINANCE
    return np.round(grey).astype(colour.dtype)


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Return values of any type as uint8, uint16, int16 or finite float32, exact where they fit."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype in (np.uint8, np.uint16, np.int16):
        return values
    if values.dtype.kind in "iub":
        low, high = int(values.min()), int(values.max())
        for fitting in (np.uint16, np.int16):
            if np.iinfo(fitting).min <= low and high <= np.iinfo(fitting).max:
                return values.astype(fitting)
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(finite, -_MOST, _MOST), np.float32)


def silence(package: str) -> None:
    """Ignore a package's warnings from now on: they are about the file and may quote it.

    A lasting filter, because `warnings.catch_warnings` is not safe among threads.
    """
    wanted = ("ignore", package)
    for action, _, _, module, _ in warnings.filters:
        if (action, getattr(module, "pattern", "")) == wanted:
            return
    warnings.filterwarnings("ignore", module=package)


def _grey(image: Image.Image, data: bytes) -> NDArray[Any]:
    """Decode an opened image: turned as its camera was held, transparency on black, one grey."""
    has_deep_colour = image.mode in _COLOUR_MODES and "16" in str(getattr(image, "tile", ""))
    min_is_white = _is_min_white(image)
    turned = ImageOps.exif_transpose(image)
    if has_deep_colour:
        # Pillow keeps only 8 bits of such files.
        deep = _deep_colour(data)
        if deep is not None:
            return deep
    mode = turned.mode
    if mode.startswith(("I", "F")):
        values = narrowed(np.array(turned))
        if min_is_white and values.dtype == np.uint16:
            values = np.uint16(65535) - values
        return values
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in turned.info:
        black = Image.new("RGBA", turned.size, (0, 0, 0, 255))
        turned = Image.alpha_composite(black, turned.convert("RGBA"))
        return luminance(np.array(turned))
    return np.array(turned.convert("L"))


def _is_min_white(image: Image.Image) -> bool:
    """Tell whether a TIFF's lowest value is white; Pillow turns such files of 8 bits only."""
    tags = getattr(image, "tag_v2", {})
    return image.format == "TIFF" and tags.get(_PHOTOMETRIC_TAG) == _MIN_IS_WHITE


def _deep_colour(data: bytes) -> NDArray[Any] | None:
    """Decode a colour picture of 16 bits; None where OpenCV can't."""
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or values.dtype != np.uint16:
        return None
    if values.ndim == 2:
        return values
    colour = values[..., 2::-1]
    if values.shape[2] == 4:
        opacity = values[..., 3:].astype(np.float32) / 65535
        colour = np.round(colour * opacity).astype(np.uint16)
    return luminance(colour)
