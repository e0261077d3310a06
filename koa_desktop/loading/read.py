"""Read one file into a radiograph, whatever its format."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from koa_desktop.errors import ReadError
from koa_desktop.imaging.polarity import is_bone_dark
from koa_desktop.loading.formats import looks_like_dicom, looks_like_picture
from koa_desktop.radiograph import InvertedBy, Radiograph, Window
from koa_desktop.system.files import HEAD_BYTES, read_bytes

_OTHER_KINDS = {
    b"PK\x03\x04": "This is a ZIP archive: unpack it, then open the files in it.",
    b"\x1f\x8b": "This is a GZIP archive: unpack it, then open the file in it.",
    b"7z\xbc\xaf": "This is a 7-Zip archive: unpack it, then open the files in it.",
    b"%PDF": "This is a PDF document: export the radiograph itself as DICOM or PNG.",
    b"GIF8": "This is a GIF picture: DICOM, PNG, JPEG, TIFF and BMP can be read.",
}


def read(path: Path) -> Radiograph:
    """Read one file: DICOM, PNG, JPEG, TIFF or BMP, told apart by content, not by name.

    Raises ReadError with one plain sentence, and nothing else, whatever the file holds.
    """
    try:
        data = read_bytes(path)
        sha256 = hashlib.sha256(data).hexdigest()
        if looks_like_dicom(data[:HEAD_BYTES]):
            # Imported here: pictures are read without DICOM's libraries.
            from koa_desktop.dicom.decode import read_dicom

            return read_dicom(path, data, sha256)
        if not looks_like_picture(data):
            raise ReadError(_other_kind(data))
        return _of_picture(path, data, sha256)
    except MemoryError as error:
        raise ReadError("This file is too large for this computer's memory.") from error


def read_again(path: Path, sha256: str) -> Radiograph:
    """Read a file that was graded before. Raises ReadError, also where it has changed since."""
    radiograph = read(path)
    if radiograph.info.sha256 != sha256:
        raise ReadError("This file has changed since it was graded: remove it and add it again.")
    return radiograph


def _of_picture(path: Path, data: bytes, sha256: str) -> Radiograph:
    from koa_desktop.imaging.raster import read_picture

    picture = read_picture(data)
    values = picture.values
    if values.dtype == np.uint8:
        window = Window(127.5, 255)
    else:
        low, high = float(values.min()), float(values.max())
        window = Window((low + high) / 2, max(high - low, 1.0))
    inverted = is_bone_dark(values)
    return Radiograph.of(
        path,
        values,
        window,
        inverted=inverted,
        inverted_by=InvertedBy.IMAGE if inverted else None,
        file_format=picture.file_format,
        sha256=sha256,
        notes=picture.notes,
    )


def _other_kind(data: bytes) -> str:
    """Return why a file that is neither DICOM nor a picture is not read."""
    for magic, sentence in _OTHER_KINDS.items():
        if data.startswith(magic):
            return sentence
    return "This file is not a radiograph: DICOM, PNG, JPEG, TIFF and BMP can be read."
