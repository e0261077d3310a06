"""DICOM bytes -> decoded image: its first frame, and what its header says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.attributes import (
    header_of,
    laterality_of,
    pixel_ratio,
    spacing_of,
    stored_pose,
)
from koa_desktop.dicom.codecs import CODECS
from koa_desktop.dicom.dataset import first_frame_groups, text, whole
from koa_desktop.dicom.lookup_tables import grey_values
from koa_desktop.dicom.parse import parse
from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.dicom.stored_values import NATIVE, StoredValues, stored_values
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.decoded_image import DecodedImage
from koa_desktop.imaging.grey_values import check_size, luminance, narrowed, whole_window
from koa_desktop.imaging.polarity import contradicts, is_bone_dark
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note

if TYPE_CHECKING:
    from pydicom import Dataset


def decode_dicom(data: bytes | memoryview) -> DecodedImage:
    """Decode a DICOM file's bytes. Raises ReadError."""
    dataset, breaks_rules = parse(data)
    try:
        return _decoded(dataset, breaks_rules)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except Exception as error:
        # pydicom decodes elements when they are asked for, and raises many kinds on odd bytes.
        raise ReadError(ReadReason.DICOM_DAMAGED) from error


def _decoded(dataset: Dataset, breaks_rules: bool) -> DecodedImage:
    _check_is_image(dataset)
    first_frame_groups(dataset)
    asked = PixelModule.of(dataset)
    stored = stored_values(dataset, asked)
    module = stored.module
    if module.is_grey and stored.values.ndim == 2:
        values, window = grey_values(dataset, stored.values)
        inverted, inverted_by = _is_inverted(dataset, module, values)
    else:
        values = _grey_of_colour(dataset, stored.values, module)
        window = whole_window(values)
        inverted, inverted_by = is_bone_dark(values), InvertedBy.IMAGE
    return DecodedImage(
        values,
        window,
        file_format=f"DICOM, {NATIVE.get(module.transfer_syntax) or _codec(module)}",
        inverted=inverted,
        inverted_by=inverted_by if inverted else None,
        spacing=spacing_of(dataset),
        pixel_ratio=pixel_ratio(dataset),
        pose=stored_pose(dataset),
        laterality=laterality_of(dataset),
        header=header_of(dataset),
        is_dicom=True,
        notes=(
            *_reading_notes(asked, stored, breaks_rules),
            *_polarity_notes(asked, values, inverted),
        ),
    )


def _is_inverted(
    dataset: Dataset, module: PixelModule, values: NDArray[Any]
) -> tuple[bool, InvertedBy]:
    """Tell whether low values are bone, and by what: the header, or the image.

    The image decides where the header is silent or contradicts itself: PS3.3 C.8.11.3.1.2 allows no
    other shape than INVERSE for MONOCHROME1, and IDENTITY for MONOCHROME2.
    """
    photometric = module.photometric_interpretation
    shape = text(dataset, "PresentationLUTShape").upper()
    contradiction = (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE"))
    if not module.says_polarity or (photometric, shape) in contradiction:
        return is_bone_dark(values), InvertedBy.IMAGE
    return photometric == "MONOCHROME1", InvertedBy.HEADER


def _check_is_image(dataset: Dataset) -> None:
    """Raise ReadError where there is no picture, or one that is never a radiograph's."""
    if "DirectoryRecordSequence" in dataset:
        raise ReadError(ReadReason.DICOMDIR)
    if "Rows" in dataset:
        _check_compression(dataset)
    if "PixelData" not in dataset:
        if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
            raise ReadError(ReadReason.DICOM_FLOAT)
        cut_short = "Rows" in dataset
        raise ReadError(ReadReason.DICOM_CUT_SHORT if cut_short else ReadReason.DICOM_NO_PICTURE)
    check_size(whole(dataset, "Columns"), whole(dataset, "Rows"))


def _check_compression(dataset: Dataset) -> None:
    """Raise ReadError, naming the transfer syntax, where it is one that can't be read.

    One that no standard knows says nothing, and the pixel data decide.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if str(syntax) not in NATIVE and str(syntax) not in CODECS and syntax.name != str(syntax):
        raise ReadError(ReadReason.DICOM_COMPRESSION, name=syntax.name[:100])


def _grey_of_colour(dataset: Dataset, stored: NDArray[Any], module: PixelModule) -> NDArray[Any]:
    if module.photometric_interpretation == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        stored = apply_color_lut(stored, dataset)
    return luminance(narrowed(np.ascontiguousarray(stored)))


def _reading_notes(
    module: PixelModule, stored: StoredValues, breaks_rules: bool
) -> Iterator[Message]:
    if module.frames > 1:
        yield Message.of(Note.FIRST_FRAME, frames=module.frames)
    if breaks_rules or stored.contradicts:
        yield Message.of(Note.SECOND_READER)
    if not stored.is_whole:
        yield Message.of(Note.INCOMPLETE)


def _polarity_notes(module: PixelModule, values: NDArray[Any], inverted: bool) -> Iterator[Message]:
    if not module.says_polarity:
        yield Message.of(Note.NO_PHOTOMETRIC)
    elif contradicts(values, inverted=inverted):
        yield Message.of(Note.LOOKS_INVERTED)


def _codec(module: PixelModule) -> str:
    return CODECS[module.transfer_syntax].name
