"""Read one file into a radiograph, whatever its format."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.decoded_image import DecodedImage
from koa_desktop.imaging.pose import UPRIGHT, Pose, is_square, usual
from koa_desktop.loading.formats import looks_like_dicom, looks_like_picture
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note, Radiograph
from koa_desktop.system.files import HEAD_BYTES, read_bytes

_JPEG_MAGIC = b"\xff\xd8"
_OTHER_FORMATS = {
    b"PK\x03\x04": ReadReason.ZIP,
    b"\x1f\x8b": ReadReason.GZIP,
    b"7z\xbc\xaf": ReadReason.SEVEN_ZIP,
    b"%PDF": ReadReason.PDF,
    b"Rar!": ReadReason.RAR,
    b"GIF8": ReadReason.GIF,
}
# By name: place and bytes of the magic number.
_OTHER_PICTURES = {
    "WebP": (8, b"WEBP"),
    "JPEG 2000": (4, b"jP  \r\n\x87\n"),
    "JPEG 2000 codestream": (0, b"\xff\x4f\xff\x51"),
    "JPEG XL": (4, b"JXL \r\n\x87\n"),
    "HEIC": (4, b"ftyphei"),
    "AVIF": (4, b"ftypavi"),
    "Photoshop": (0, b"8BPS"),
}


def read(path: Path) -> Radiograph:
    """Read one trusted file in this process; the program itself uses `reader.read`.

    Raises ReadError with one plain sentence, and nothing else, as long as no codec ends the
    process.
    """
    data = read_bytes(path)
    found = radiograph(data)
    named = replace(found.info, path=path, sha256=hashlib.sha256(data).hexdigest())
    return replace(found, info=named)


def radiograph(data: bytes | memoryview) -> Radiograph:
    """Read a file's bytes: DICOM, PNG, JPEG, TIFF or BMP, told apart by content.

    The radiograph lies in the usual pose with square pixels, however it was stored; its path and
    checksum are empty. Its values may be a part of a memoryview. Raises ReadError.
    """
    try:
        image = _decoded(data)
        values, spacing, stored = usual(image.values, image.pose, image.pixel_ratio, image.spacing)
        return Radiograph.of(
            Path(),
            values,
            image.window,
            inverted=image.inverted,
            inverted_by=image.inverted_by,
            spacing=spacing,
            laterality=image.laterality,
            header=image.header,
            file_format=image.file_format,
            is_dicom=image.is_dicom,
            stored=stored,
            notes=(
                *image.notes,
                *_polarity_notes(image),
                *_pose_notes(image.pose, image.pixel_ratio),
            ),
        )
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error


def _decoded(data: bytes | memoryview) -> DecodedImage:
    if looks_like_dicom(bytes(data[:HEAD_BYTES])):
        # Imported here: pictures are read without DICOM's libraries.
        from koa_desktop.dicom.decode import decode_dicom

        return decode_dicom(data)
    data = bytes(data)
    if not looks_like_picture(data):
        raise _other_format(data)
    if data[:2] == _JPEG_MAGIC:
        from koa_desktop.dicom.jpeg_file import decode_rare_jpeg, is_rare_jpeg

        if is_rare_jpeg(data):
            return decode_rare_jpeg(data)
    from koa_desktop.imaging.raster import decode_picture

    return decode_picture(data)


def _polarity_notes(image: DecodedImage) -> list[Message]:
    return [Message(Note.STORED_INVERTED)] if image.inverted_by is InvertedBy.IMAGE else []


def _pose_notes(pose: Pose, ratio: float) -> list[Message]:
    notes = []
    if pose != UPRIGHT:
        degrees = 90 * pose.quarters
        if not pose.quarters:
            notes.append(Message.of(Note.STORED_MIRRORED))
        elif pose.mirrored:
            notes.append(Message.of(Note.STORED_MIRRORED_ROTATED, degrees=degrees))
        else:
            # A film that one quarter turn sets upright was stored turned by three.
            notes.append(Message.of(Note.STORED_ROTATED, degrees=360 - degrees))
    if not is_square(ratio):
        notes.append(Message.of(Note.NOT_SQUARE, ratio=f"{1 / ratio:.2f}"))
    return notes


def _other_format(data: bytes) -> ReadError:
    """Return the reason why a file that is neither DICOM nor a picture is not read."""
    for magic, reason in _OTHER_FORMATS.items():
        if data.startswith(magic):
            return ReadError(reason)
    for name, (place, magic) in _OTHER_PICTURES.items():
        if data[place : place + len(magic)] == magic:
            return ReadError(ReadReason.OTHER_PICTURE, name=name)
    return ReadError(ReadReason.OTHER_FORMAT)
