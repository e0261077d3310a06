"""PNG, JPEG, TIFF and BMP bytes -> grey values.

A file's resolution is left alone: in these formats it is a print size, not a pixel spacing.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.completeness import (
    PNG_MAGIC,
    essential_png,
    is_png_intact,
    is_png_long_enough,
    is_tiff_whole,
)
from koa_desktop.imaging.decoded_image import DecodedImage
from koa_desktop.imaging.grey_values import check_size, luminance, narrowed, whole_window
from koa_desktop.imaging.jpeg import MAGIC as JPEG_MAGIC
from koa_desktop.imaging.jpeg import decode_jpeg
from koa_desktop.imaging.picture_kind import refusal
from koa_desktop.imaging.polarity import is_bone_dark
from koa_desktop.imaging.tiff_pages import tiff_pages
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note
from koa_desktop.system.log import silence

FORMATS = tuple(kind.format for kind in (PngImageFile, JpegImageFile, TiffImageFile, BmpImageFile))
_COLOUR_MODES = ("RGB", "RGBA", "LA")
_MIN_IS_WHITE = 0
_PHOTOMETRIC_TAG = 262
_COLOUR_MAP_TAG = 320
_ORIENTATION_TAG = 274
_MAX_SCANS = 100
_MOST_A_BYTE = 8 * 1032  # pixels of one bit that DEFLATE packs into a byte


def decode_picture(data: bytes) -> DecodedImage:
    """Decode a PNG, JPEG, TIFF or BMP file. Raises ReadError."""
    silence("PIL")
    # Pillow's own limit warns only; ours, below, refuses before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    opened = essential_png(data) if data.startswith(PNG_MAGIC) else data
    try:
        _check_scans(data)
        with Image.open(BytesIO(opened), formats=FORMATS) as image:
            check_size(image.width, image.height)
            if image.format == "PNG" and image.width * image.height > _MOST_A_BYTE * len(data):
                raise ReadError(ReadReason.PICTURE_CUT_SHORT)
            pages = tiff_pages(data) if image.format == "TIFF" else 1
            # A JPEG that holds a second picture, as telephones write it, is an MPO to Pillow.
            file_format = "JPEG" if image.format == "MPO" else str(image.format)
            values, is_whole = _grey(image, opened)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except Exception as error:
        # Pillow's plugins raise anything from SyntaxError to struct.error on damaged files.
        raise refusal(data, error) from error
    inverted = is_bone_dark(values)
    notes = [Message.of(Note.FIRST_PAGE, pages=pages)] if pages > 1 else []
    return DecodedImage(
        values,
        whole_window(values),
        file_format,
        inverted=inverted,
        inverted_by=InvertedBy.IMAGE if inverted else None,
        notes=tuple(notes if is_whole else [*notes, Message.of(Note.INCOMPLETE)]),
    )


def _check_scans(data: bytes) -> None:
    """Raise ReadError where a JPEG goes over its picture more often than any encoder's does."""
    if data.startswith(JPEG_MAGIC) and data.count(b"\xff\xda") > _MAX_SCANS:
        raise ReadError(ReadReason.PICTURE_SCANS)


def _grey(image: Image.Image, data: bytes) -> tuple[NDArray[Any], bool]:
    """Decode an opened image: turned as its camera was held, transparency on black, one grey.

    Returns grey values (H, W), and whether the file holds all of them.
    """
    if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
        pixels, is_whole = decode_jpeg(data, colour=image.mode == "RGB")
        return _as_held(
            np.array(Image.fromarray(pixels).convert("L")), _orientation(image)
        ), is_whole
    has_deep_colour = image.mode in _COLOUR_MODES and "16" in str(getattr(image, "tile", ""))
    image.load()
    is_whole = _is_whole(image, data)
    if has_deep_colour:
        # Pillow keeps only 8 bits of such files.
        deep = _deep_colour(data)
        if deep is not None:
            # OpenCV turns a TIFF by its tag, and leaves a PNG as it is.
            return _as_held(deep, _orientation(image) if image.format == "PNG" else 1), is_whole
    # Pillow has turned a TIFF on loading it.
    return _as_held(_one_grey(image), _orientation(image)), is_whole


def _one_grey(image: Image.Image) -> NDArray[Any]:
    """Return the grey values (H, W) of a loaded image, as deep as Pillow has it."""
    if image.mode.startswith(("I", "F")):
        values = narrowed(np.array(image))
        if _is_min_white(image) and values.dtype == np.uint16:
            values = np.uint16(65535) - values
        return values
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return luminance(np.array(Image.alpha_composite(black, image.convert("RGBA"))))
    if _has_byte_palette(image):
        return _from_byte_palette(image, np.array(image))
    return np.array(image.convert("L"))


def _is_whole(image: Image.Image, data: bytes) -> bool:
    """Tell whether a file holds all of a loaded image."""
    if image.format == "TIFF":
        return is_tiff_whole(getattr(image, "tag_v2", {}), data)
    if image.format != "PNG":
        return True
    # Rows that are missing are zero; only then is it worth unpacking the file again.
    last_row = image.crop((0, image.height - 1, image.width, image.height))
    may_be_short = "interlace" in image.info or last_row.getbbox(alpha_only=False) is None
    return is_png_intact(data) and not (may_be_short and not is_png_long_enough(data))


def _orientation(image: Image.Image) -> int:
    """Return EXIF's Orientation (TIFF 6.0, tag 274), 1 where there is none or EXIF is damaged."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # as above
        return 1


def _has_byte_palette(image: Image.Image) -> bool:
    """Tell whether a TIFF's palette holds bytes, where TIFF 6.0 wants 0 to 65535."""
    if image.format != "TIFF" or image.mode != "P":
        return False
    entries = getattr(image, "tag_v2", {}).get(_COLOUR_MAP_TAG, ())
    return 0 < max(entries, default=0) <= 255


def _from_byte_palette(image: Image.Image, indexes: NDArray[np.uint8]) -> NDArray[Any]:
    palette = np.array(getattr(image, "tag_v2", {})[_COLOUR_MAP_TAG], np.uint8)
    return luminance(palette.reshape(3, -1).T)[indexes]


def _as_held(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return grey values (H, W) turned as EXIF's Orientation (TIFF 6.0, tag 274) says."""
    if orientation in (2, 4, 5, 7):
        values = values[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(values, turns))


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
