"""Pictures made byte by byte, where no library writes what a test needs."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from PIL import Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def film(rows: int = 96, columns: int = 80) -> np.ndarray:
    """Grey values uint8 (rows, columns) with grain, so that no block of a JPEG is empty."""
    grain = np.random.default_rng(7).normal(0, 60, (rows, columns)).astype(np.float32)
    limb = np.abs(np.linspace(-1, 1, columns)) < 0.5
    values = cv2.GaussianBlur(grain, (0, 0), 1.5) + np.where(limb, 150, 40)
    return np.clip(values, 1, 255).astype(np.uint8)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG (PNG 3, 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(values: np.ndarray, *, rows: int | None = None, extra: bytes = b"") -> bytes:
    """A PNG of grey, grey and alpha, RGB or RGBA values, of which only `rows` are written."""
    height, width = values.shape[:2]
    samples = 1 if values.ndim == 2 else values.shape[2]
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[samples]
    head = struct.pack(">IIBBBBB", width, height, 8 * values.itemsize, colour_type, 0, 0, 0)
    big_endian = values.astype(values.dtype.newbyteorder(">"))
    # Each row begins with the number of its filter, 0 for none.
    packed = b"".join(b"\0" + row.tobytes() for row in big_endian[:rows])
    parts = (
        chunk(b"IHDR", head),
        extra,
        chunk(b"IDAT", zlib.compress(packed)),
        chunk(b"IEND", b""),
    )
    return PNG_MAGIC + b"".join(parts)


def saved(values: np.ndarray, kind: str, **options: Any) -> bytes:
    """The bytes of a picture as Pillow writes it."""
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, kind, **options)
    return stream.getvalue()


def tiff(
    tags: Iterable[tuple[int, int, tuple[int, ...]]], data: bytes, *, big: bool = False
) -> bytes:
    """A TIFF with its pixel data at once behind the header: (tag, type, values) for each tag.

    Types are 3 (SHORT) and 4 (LONG). An offset of strips or tiles counts from the data's start.
    """
    place, number = (16, "<Q") if big else (8, "<I")
    sizes = {3: "H", 4: "I"}
    fields, behind = b"", b""
    tags = list(tags)
    head_bytes, field_bytes = (8, 20) if big else (2, 12)
    after = place + len(data) + head_bytes + field_bytes * len(tags) + (8 if big else 4)
    for tag, kind, values in tags:
        values = tuple(value + place for value in values) if tag in (273, 324) else values
        packed = struct.pack(f"<{len(values)}{sizes[kind]}", *values)
        room = 8 if big else 4
        if len(packed) > room:
            packed, behind = struct.pack(number, after + len(behind)), behind + packed
        fields += struct.pack("<HH", tag, kind) + struct.pack(number, len(values))
        fields += packed.ljust(room, b"\0")
    count = struct.pack("<Q" if big else "<H", len(tags))
    start = struct.pack(
        "<2sHHHQ" if big else "<2sHI", b"II", *((43, 8, 0) if big else (42,)), place + len(data)
    )
    return start + data + count + fields + bytes(8 if big else 4) + behind
