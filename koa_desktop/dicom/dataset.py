"""DICOM bytes -> data set, and its elements read without surprises.

Files in the field break the rules in small ways: a preamble is missing, a second file meta group
follows the first, a delimiter is lost, the encoding is not the one named. Each is read as other
viewers read it.
"""

from __future__ import annotations

import logging
import math
import unicodedata
import zlib
from collections.abc import MutableSequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from koa_desktop.dicom.structure import check_structure
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.grey_values import MAX_VALUE
from koa_desktop.system.files import MAX_FILE_BYTES
from koa_desktop.system.log import silence

if TYPE_CHECKING:
    from pydicom import Dataset

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
MAX_TEXT = 256
_PREAMBLE = bytes(128) + b"DICM"
_META_GROUP = b"\x02\x00"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_PIXEL_DATA_TAG = b"\xe0\x7f\x10\x00"
_LONG_VRS = (b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN")
# Unicode's categories of line breaks and other controls, and of what is not seen.
_BREAKS = ("Cc", "Zl", "Zp")
_UNSEEN = ("Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # needed to write Persian and Indic names
# Attributes that enhanced images may have in their functional groups alone (PS3.3 C.7.6.16.2).
_GROUPED = (
    *("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio", "PatientOrientation"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *("FrameLaterality", "ImageLaterality", "ViewPosition", "BodyPartExamined"),
)


def parse(data: bytes) -> Dataset:
    """Return the data set of a DICOM file's bytes, with its transfer syntax. Raises ReadError."""
    _quieten()
    try:
        return _parsed(_with_one_meta(_with_preamble(data)))
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except RecursionError as error:
        raise ReadError(ReadReason.DICOM_NESTED) from error
    except Exception as error:
        # pydicom raises many kinds on odd bytes.
        raise ReadError(ReadReason.DICOM_DAMAGED) from error


def first_frame_groups(dataset: Dataset) -> None:
    """Copy what the first frame's functional groups say into the data set itself.

    A frame's own group counts more than the shared one, and both more than the data set.
    """
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = items(dataset, keyword)[:1]
        for macro in (element for group in groups for element in group if element.VR == "SQ"):
            for holder in list(macro.value)[:1]:
                for name in _GROUPED:
                    if name in holder:
                        dataset[name] = holder[name]


def value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value; None where it is missing or can't be decoded."""
    try:
        found = dataset.get(keyword)
    except Exception:  # pydicom decodes late, and raises many kinds on odd bytes
        return None
    return list(found) if isinstance(found, MutableSequence) else found


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return a sequence's items; none where it is missing or no sequence."""
    found = value(dataset, keyword)
    return found if isinstance(found, list) and all(hasattr(one, "keys") for one in found) else []


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one line of text, without control characters, at most 256 long."""
    found = value(dataset, keyword)
    if isinstance(found, list):
        found = " ".join(str(part) for part in found)
    return clean("" if found is None else str(found))


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return an element's values as upper-case words."""
    found = value(dataset, keyword)
    parts = found if isinstance(found, list) else str(found or "").split("\\")
    return [clean(str(part or "")).upper() for part in parts]


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return an element's values as numbers, whatever its VR; none where one is no number."""
    found = value(dataset, keyword)
    if found is None:
        return []
    if isinstance(found, str):
        found = found.split("\\")
    try:
        parts = [float(part) for part in (found if isinstance(found, list) else [found])]
    except (TypeError, ValueError, OverflowError):
        return []
    return parts if all(abs(part) <= MAX_VALUE for part in parts) else []


def number(dataset: Dataset, keyword: str, otherwise: float = math.nan) -> float:
    """Return an element's first value as a number, `otherwise` where it is none."""
    found = value(dataset, keyword)
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, str):
        first = first.split("\\")[0]
    try:
        parsed = float(first) if first is not None else math.nan
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return parsed if abs(parsed) <= MAX_VALUE else otherwise


def whole(dataset: Dataset, keyword: str, otherwise: int = 0) -> int:
    """Return an element's first value as a whole number, `otherwise` where it is none."""
    found = number(dataset, keyword)
    return otherwise if math.isnan(found) else int(found)


def clean(found: str) -> str:
    """Return text as one line without control and formatting characters."""
    kept = (" " if unicodedata.category(c) in _BREAKS else c for c in found[: 4 * MAX_TEXT])
    visible = "".join(c for c in kept if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join(visible.split())[:MAX_TEXT].rstrip()


def _quieten() -> None:
    """Keep pydicom from telling header values to the log or the terminal."""
    import pydicom

    silence("pydicom")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def _with_preamble(data: bytes) -> bytes:
    """Return the bytes with preamble and prefix (PS3.10 7.1), which older files lack.

    The prefix may stand there by chance, within a value: then no file meta group follows it.
    """
    if data[128:132] != b"DICM":
        return _PREAMBLE + data
    if data[132:134] != _META_GROUP and _is_element(data):
        return _PREAMBLE + data
    return data


def _is_element(data: bytes) -> bool:
    """Tell whether bytes begin with an element of group 0002 or 0008."""
    explicit = data[4:6].isalpha() and data[4:6].isupper()
    return data[:2] in (_META_GROUP, b"\x08\x00") and (
        explicit or 0 < int.from_bytes(data[4:8], "little") <= 1024
    )


def _with_one_meta(data: bytes) -> bytes:
    """Return the bytes without a second file meta group, which some writers leave in."""
    first = _meta_end(data, len(_PREAMBLE))
    # A group begins anew with its length, element 0000.
    if first <= len(_PREAMBLE) or data[first : first + 4] != _META_GROUP + b"\0\0":
        return data
    return data[:first] + data[_meta_end(data, first) :]


def _meta_end(data: bytes, start: int) -> int:
    """Return where a file meta group (explicit VR, little endian) that begins at `start` ends."""
    place = start
    while data[place : place + 2] == _META_GROUP:
        if place > start and data[place + 2 : place + 4] == b"\0\0":
            break
        if data[place + 4 : place + 6] in _LONG_VRS:
            place += 12 + int.from_bytes(data[place + 8 : place + 12], "little")
        else:
            place += 8 + int.from_bytes(data[place + 6 : place + 8], "little")
    return min(place, len(data))


def _parsed(data: bytes) -> Dataset:
    import pydicom
    from pydicom.uid import UID

    dataset = _inflated(data)
    if dataset is None:
        check_structure(data, _meta_end(data, len(_PREAMBLE)))
        dataset = pydicom.dcmread(BytesIO(data), force=True)
        if "PixelData" not in dataset and _PIXEL_DATA_TAG in data:
            # A lost delimiter at the end of the file costs pydicom the whole element.
            ended = pydicom.dcmread(BytesIO(data + 2 * _SEQUENCE_END), force=True)
            dataset = ended if "PixelData" in ended else dataset
        if "Rows" not in dataset and "DirectoryRecordSequence" not in dataset:
            dataset = _in_another_encoding(data, dataset)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        named = (IMPLICIT_LITTLE_ENDIAN if implicit else EXPLICIT_LITTLE_ENDIAN) if little else ""
        dataset.file_meta.TransferSyntaxUID = UID(named or EXPLICIT_BIG_ENDIAN)
    return dataset


def _in_another_encoding(data: bytes, dataset: Dataset) -> Dataset:
    """Return the data set read in the encoding it has, where the file meta group names another."""
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    start = _meta_end(data, len(_PREAMBLE))
    for implicit, little, syntax in (
        (False, True, EXPLICIT_LITTLE_ENDIAN),
        (True, True, IMPLICIT_LITTLE_ENDIAN),
        (False, False, EXPLICIT_BIG_ENDIAN),
    ):
        try:
            other = read_dataset(BytesIO(data[start:]), implicit, little)
            if "Rows" in other and "PixelData" in other:
                other.file_meta = dataset.file_meta
                other.file_meta.TransferSyntaxUID = UID(syntax)
                return other
        except Exception:  # noqa: S112 -- the next may fit
            continue
    return dataset


def _inflated(data: bytes) -> Dataset | None:
    """Return the data set of a deflated file (PS3.5 A.5), None for any other.

    pydicom would inflate without a limit: 500 MB can become 500 GB.
    """
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    stream = BytesIO(data)
    stream.seek(len(_PREAMBLE))
    meta = read_dataset(stream, False, True, stop_when=lambda tag, *_: tag >> 16 != 2)
    if meta.get("TransferSyntaxUID") != DEFLATED:
        return None
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflater.decompress(data[stream.tell() :], MAX_FILE_BYTES)
    if inflater.unconsumed_tail:
        raise ReadError(ReadReason.DICOM_INFLATES)
    check_structure(inflated)
    dataset = read_dataset(BytesIO(inflated), False, True)
    dataset.file_meta = FileMetaDataset(meta)
    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE_ENDIAN)
    return dataset
