"""PNG, JPEG, TIFF and BMP bytes -> grey values.

A file's resolution is left alone: in these formats it is a print size, not a pixel spacing.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.decoded_image import DecodedImage
from koa_desktop.imaging.grey_values import check_size, luminance, narrowed, whole_window
from koa_desktop.imaging.polarity import is_bone_dark
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note
from koa_desktop.system.log import silence

FORMATS = tuple(kind.format for kind in (PngImageFile, JpegImageFile, TiffImageFile, BmpImageFile))
_COLOUR_MODES = ("RGB", "RGBA", "LA")
_MIN_IS_WHITE = 0
_TIFF_MAGIC = (b"II*\x00", b"MM\x00*")
_PHOTOMETRIC_TAG = 262
_COLOUR_MAP_TAG = 320
_ORIENTATION_TAG = 274


def decode_picture(data: bytes) -> DecodedImage:
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
        raise _unknown(data) from error
    except MemoryError as error:
        raise ReadError(ReadReason.PICTURE_NO_MEMORY) from error
    except Exception as error:
        # Pillow's plugins raise anything from SyntaxError to struct.error on damaged files.
        raise ReadError(ReadReason.PICTURE_CUT_SHORT) from error
    inverted = is_bone_dark(values)
    return DecodedImage(
        values,
        whole_window(values),
        file_format,
        inverted=inverted,
        inverted_by=InvertedBy.IMAGE if inverted else None,
        notes=(Message.of(Note.FIRST_PAGE, pages=pages),) if pages > 1 else (),
    )


def _unknown(data: bytes) -> ReadError:
    """Return why Pillow knows no such picture: its kind where it is a rare one, else damage."""
    if data[:4] in _TIFF_MAGIC:
        kind = _tiff_kind(data)
        if kind:
            return ReadError(ReadReason.PICTURE_COMPRESSION, name=kind)
    return ReadError(ReadReason.PICTURE_CUT_SHORT)


def _tiff_kind(data: bytes) -> str:
    """Return in words how a TIFF's values are laid out; empty where its tags can't be read."""
    try:
        stream = BytesIO(data)
        tags = ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        samples, bits = int(tags.get(277, 1)), tags.get(258, (1,))
    except Exception:  # any kind of error, on damaged tags
        return ""
    return f"TIFF of {samples} × {max(bits)} bits a pixel"


def _grey(image: Image.Image, data: bytes) -> NDArray[Any]:
    """Decode an opened image: turned as its camera was held, transparency on black, one grey."""
    has_deep_colour = image.mode in _COLOUR_MODES and "16" in str(getattr(image, "tile", ""))
    min_is_white = _is_min_white(image)
    turned = ImageOps.exif_transpose(image)
    if has_deep_colour:
        # Pillow keeps only 8 bits of such files.
        deep = _deep_colour(data)
        if deep is not None:
            # OpenCV turns a TIFF by its tag, and leaves a PNG as it is.
            is_png = image.format == "PNG"
            return _as_held(deep, image.getexif().get(_ORIENTATION_TAG, 1)) if is_png else deep
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
    if _has_byte_palette(image):
        return _from_byte_palette(image, np.array(turned))
    return np.array(turned.convert("L"))


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
