"""DICOM bytes -> radiograph: the data set, its first frame, and what its header says."""

from __future__ import annotations

import logging
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.attributes import header_of, is_mirrored, laterality_of, spacing_of, text
from koa_desktop.dicom.lookup_tables import full_range, grey_values
from koa_desktop.errors import ReadError
from koa_desktop.imaging.polarity import is_bone_dark, is_certain
from koa_desktop.imaging.raster import check_size, luminance, narrowed, silence
from koa_desktop.radiograph import InvertedBy, Radiograph, Window
from koa_desktop.system.files import MAX_FILE_BYTES

if TYPE_CHECKING:
    from pydicom import Dataset

_DEFLATED = "1.2.840.10008.1.2.1.99"
_NATIVE = {
    "1.2.840.10008.1.2": "uncompressed",
    "1.2.840.10008.1.2.1": "uncompressed",
    "1.2.840.10008.1.2.2": "uncompressed, big endian",
}
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")

_DAMAGED = "This DICOM file is damaged and can't be read."
_CUT_SHORT = "This file is cut short: the picture is incomplete."
_MIRRORED = "The header says that the patient's right is at the viewer's right."
_LOOKS_INVERTED = "Bone looks dark when this picture is shown as its header asks: invert it."


def read_dicom(path: Path, data: bytes, sha256: str) -> Radiograph:
    """Read a DICOM file's bytes. Raises ReadError."""
    dataset = parse(data)
    try:
        return _radiograph(path, dataset, sha256)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError("This picture is too large for this computer's memory.") from error
    except Exception as error:
        # pydicom decodes elements when they are asked for, and raises many kinds on odd bytes.
        raise ReadError(_DAMAGED) from error


def parse(data: bytes) -> Dataset:
    """Return the data set of a DICOM file's bytes, with its transfer syntax. Raises ReadError."""
    import pydicom
    from pydicom.uid import UID

    _quieten()
    try:
        dataset = _inflated(data) or pydicom.dcmread(BytesIO(data), force=True)
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding
            named = ("1.2.840.10008.1.2" if implicit else _EXPLICIT_LITTLE_ENDIAN) if little else ""
            dataset.file_meta.TransferSyntaxUID = UID(named or "1.2.840.10008.1.2.2")
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError("This file is too large for this computer's memory.") from error
    except RecursionError as error:
        raise ReadError("This DICOM file is nested too deeply to be read.") from error
    except Exception as error:
        raise ReadError(_DAMAGED) from error
    return dataset


def _quieten() -> None:
    """Keep pydicom from telling header values to the log or the terminal."""
    import pydicom

    silence("pydicom")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def _inflated(data: bytes) -> Dataset | None:
    """Return the data set of a deflated file (PS3.5 A.5), None for any other.

    pydicom would inflate without a limit: 500 MB can become 500 GB.
    """
    if data[128:132] != b"DICM":
        return None
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    stream = BytesIO(data)
    stream.seek(132)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, *_: tag >> 16 != 2)
    if meta.get("TransferSyntaxUID") != _DEFLATED:
        return None
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflater.decompress(data[stream.tell() :], MAX_FILE_BYTES)
    if inflater.unconsumed_tail:
        raise ReadError("This file unpacks to more than 500 MB, which no radiograph has.")
    dataset = read_dataset(BytesIO(inflated), False, True)
    dataset.file_meta = FileMetaDataset(meta)
    dataset.file_meta.TransferSyntaxUID = UID(_EXPLICIT_LITTLE_ENDIAN)
    return dataset


def _radiograph(path: Path, dataset: Dataset, sha256: str) -> Radiograph:
    _check_is_image(dataset)
    frames = _frames(dataset)
    stored = _first_frame(dataset)
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric in _GREY:
        values, window = grey_values(dataset, stored)
        inverted, inverted_by = _is_inverted(dataset, photometric, values)
    else:
        values = _grey_of_colour(dataset, stored, photometric)
        window = _full_type_range(values)
        inverted, inverted_by = is_bone_dark(values), InvertedBy.IMAGE
    return Radiograph.of(
        path,
        values,
        window,
        inverted=inverted,
        inverted_by=inverted_by if inverted else None,
        spacing=spacing_of(dataset),
        laterality=laterality_of(dataset),
        header=header_of(dataset),
        file_format=f"DICOM, {_compression(dataset)}",
        sha256=sha256,
        notes=tuple(_notes(dataset, frames, values, inverted)),
    )


def _is_inverted(
    dataset: Dataset, photometric: str, values: NDArray[Any]
) -> tuple[bool, InvertedBy]:
    """Tell whether low values are bone, and by what: the header, or the image.

    The image decides where the header contradicts itself: PS3.3 C.8.11.3.1.2 allows no other
    shape than INVERSE for MONOCHROME1, and IDENTITY for MONOCHROME2.
    """
    shape = text(dataset, "PresentationLUTShape").upper()
    if (photometric, shape) in (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")):
        return is_bone_dark(values), InvertedBy.IMAGE
    return photometric == "MONOCHROME1", InvertedBy.HEADER


def _check_is_image(dataset: Dataset) -> None:
    """Raise ReadError where there is no picture, or one that is never a radiograph's."""
    if "DirectoryRecordSequence" in dataset:
        raise ReadError("This is a table of contents (DICOMDIR): open its folder instead.")
    if "Rows" in dataset:
        _check_compression(dataset)
    if "PixelData" not in dataset:
        if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
            raise ReadError("This DICOM file holds measured values (float), not a radiograph.")
        raise ReadError(_CUT_SHORT if "Rows" in dataset else "This DICOM file holds no picture.")
    check_size(_whole(dataset, "Columns"), _whole(dataset, "Rows"))
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric not in _GREY + _COLOUR:
        raise ReadError("This DICOM file's picture is neither grey nor in a known colour system.")
    samples = _whole(dataset, "SamplesPerPixel")
    if samples != (1 if photometric in (*_GREY, "PALETTE COLOR") else 3):
        raise ReadError(_DAMAGED)


def _check_compression(dataset: Dataset) -> None:
    """Raise ReadError, naming the transfer syntax, where it is one that can't be read."""
    from koa_desktop.dicom.codecs import CODECS

    syntax = dataset.file_meta.TransferSyntaxUID
    if str(syntax) not in _NATIVE and str(syntax) not in CODECS:
        name = "".join(c for c in syntax.name if c.isprintable())[:100]
        raise ReadError(f"This DICOM file uses the compression {name}, which can't be read here.")


def _first_frame(dataset: Dataset) -> NDArray[Any]:
    """Return stored values (H, W), or RGB values (H, W, 3), of the first frame."""
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    if syntax in _NATIVE:
        return _native(dataset, syntax)
    return _decompressed(dataset, syntax)


def _native(dataset: Dataset, syntax: str) -> NDArray[Any]:
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    bits = _whole(dataset, "Rows") * _whole(dataset, "Columns") * _whole(dataset, "BitsAllocated")
    samples = 2 if dataset.PhotometricInterpretation == "YBR_FULL_422" else dataset.SamplesPerPixel
    length = -(-bits * samples // 8)
    if len(dataset.PixelData) < length:
        raise ReadError(_CUT_SHORT)
    # Later frames are not looked at, so that they may be missing.
    dataset.NumberOfFrames = 1
    values, _ = get_decoder(UID(syntax)).as_array(dataset, index=0)
    return np.asarray(values)


def _decompressed(dataset: Dataset, syntax: str) -> NDArray[Any]:
    from pydicom.encaps import generate_frames

    from koa_desktop.dicom.codec_process import decompressed
    from koa_desktop.dicom.codecs import Frame

    frame = Frame(
        syntax,
        rows=_whole(dataset, "Rows"),
        columns=_whole(dataset, "Columns"),
        samples_per_pixel=_whole(dataset, "SamplesPerPixel"),
        bits_allocated=_whole(dataset, "BitsAllocated"),
        bits_stored=_whole(dataset, "BitsStored"),
        pixel_representation=_whole(dataset, "PixelRepresentation"),
        photometric_interpretation=text(dataset, "PhotometricInterpretation"),
        planar_configuration=_whole(dataset, "PlanarConfiguration"),
    )
    try:
        data = next(generate_frames(dataset.PixelData, number_of_frames=_frames(dataset)))
    except (ValueError, StopIteration, EOFError) as error:
        raise ReadError(_CUT_SHORT) from error
    return decompressed(frame, data)


def _grey_of_colour(dataset: Dataset, stored: NDArray[Any], photometric: str) -> NDArray[Any]:
    if photometric == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        stored = apply_color_lut(stored, dataset)
    return luminance(narrowed(stored))


def _full_type_range(values: NDArray[Any]) -> Window:
    if values.dtype == np.uint8:
        return full_range(0, 255)
    return full_range(float(values.min()), float(values.max()))


def _notes(dataset: Dataset, frames: int, values: NDArray[Any], inverted: bool) -> list[str]:
    notes = []
    if frames > 1:
        notes.append(f"The first of {frames} frames is shown.")
    if is_mirrored(dataset):
        notes.append(_MIRRORED)
    # The rule knows knees; a chest is bright at its edges.
    is_knee = "KNEE" in text(dataset, "BodyPartExamined").upper()
    if is_knee and inverted != is_bone_dark(values) and is_certain(values):
        notes.append(_LOOKS_INVERTED)
    return notes


def _frames(dataset: Dataset) -> int:
    return max(_whole(dataset, "NumberOfFrames"), 1)


def _whole(dataset: Dataset, keyword: str) -> int:
    """Return an element as a whole number, 0 where it is missing or is none."""
    try:
        return int(dataset.get(keyword) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def _compression(dataset: Dataset) -> str:
    from koa_desktop.dicom.codecs import CODECS

    syntax = str(dataset.file_meta.TransferSyntaxUID)
    return _NATIVE.get(syntax) or CODECS[syntax][0]
