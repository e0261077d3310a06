"""DICOM bytes -> data set.

Files in the field break the rules in small ways: a preamble is missing, a second file meta group
follows the first, a delimiter is lost, the encoding is not the one named. Each is read as other
viewers read it.
"""

from __future__ import annotations

import logging
import os
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from koa_desktop.dicom.structure import check_structure
from koa_desktop.dicom.tolerant import parsed_tolerantly
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.system.files import MAX_FILE_BYTES
from koa_desktop.system.log import silence

if TYPE_CHECKING:
    from pydicom import Dataset

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
NATIVE = (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN)
PREFIX = b"DICM"
_PREAMBLE = bytes(128) + PREFIX
_META_GROUP = b"\x02\x00"
_PIXEL_DATA_TAGS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
_LONG_VRS = (b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN")


class Parsed(NamedTuple):
    """A data set, with its transfer syntax; `breaks_rules` where it took more than the standard."""

    dataset: Dataset
    breaks_rules: bool


def parse(data: bytes | memoryview) -> Parsed:
    """Return the data set of a DICOM file's bytes. Raises ReadError.

    The value of native pixel data is a part of `data` where that is a memoryview, not a copy.
    """
    _quieten()
    try:
        with_preamble = _with_preamble(data)
        plain = _with_one_meta(with_preamble)
        dataset, is_second = _parsed(plain)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except RecursionError as error:
        raise ReadError(ReadReason.DICOM_NESTED) from error
    except Exception as error:
        # pydicom raises many kinds on odd bytes.
        raise ReadError(ReadReason.DICOM_DAMAGED) from error
    # Files from before DICOM 3 have no preamble, and are none the worse.
    has_odd_start = PREFIX in (data[:4], data[128:132]) and with_preamble is not data
    return Parsed(dataset, is_second or plain is not with_preamble or has_odd_start)


def _quieten() -> None:
    """Keep pydicom from telling header values to the log or the terminal."""
    import pydicom

    silence("pydicom")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def _with_preamble(data: bytes | memoryview) -> bytes | memoryview:
    """Return the bytes with preamble and prefix (PS3.10 7.1), which older files lack.

    The prefix may stand there by chance, within a value: then no file meta group follows it. Some
    writers put the prefix at the start, or preamble and prefix there twice.
    """
    if data[:4] == PREFIX:
        return bytes(128) + data
    if data[128:132] != PREFIX:
        return _PREAMBLE + data
    if data[132:134] != _META_GROUP and _is_element(data):
        return _PREAMBLE + data
    return data[132:] if data[260:264] == PREFIX and data[264:266] == _META_GROUP else data


def _is_element(data: bytes | memoryview) -> bool:
    """Tell whether bytes begin with an element of group 0002 or 0008."""
    vr = bytes(data[4:6])
    explicit = vr.isalpha() and vr.isupper()
    return data[:2] in (_META_GROUP, b"\x08\x00") and (
        explicit or 0 < int.from_bytes(data[4:8], "little") <= 1024
    )


def _with_one_meta(data: bytes | memoryview) -> bytes | memoryview:
    """Return the bytes without further file meta groups, which some writers leave in."""
    first = _meta_end(data, len(_PREAMBLE))
    end = first
    while first > len(_PREAMBLE) and data[end : end + 2] == _META_GROUP:
        end = _meta_end(data, end)
    return data if end == first else b"".join((data[:first], data[end:]))


def _meta_end(data: bytes | memoryview, start: int) -> int:
    """Return where a file meta group (explicit VR, little endian) that begins at `start` ends.

    Its elements ascend; where they do not, another group begins.
    """
    place, last = start, -1
    while data[place : place + 2] == _META_GROUP:
        element = int.from_bytes(data[place + 2 : place + 4], "little")
        if element <= last:
            break
        last = element
        if data[place + 4 : place + 6] in _LONG_VRS:
            place += 12 + int.from_bytes(data[place + 8 : place + 12], "little")
        else:
            place += 8 + int.from_bytes(data[place + 6 : place + 8], "little")
    return min(place, len(data))


def _parsed(data: bytes | memoryview) -> tuple[Dataset, bool]:
    """Return the data set of bytes with preamble, and whether pydicom alone could not read it."""
    from pydicom.uid import UID

    dataset, is_second = _by_either(data)
    named = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    implicit, little = dataset.original_encoding
    encoding = EXPLICIT_BIG_ENDIAN
    if little:
        encoding = IMPLICIT_LITTLE_ENDIAN if implicit else EXPLICIT_LITTLE_ENDIAN
    is_native = named in NATIVE or (is_second and named == DEFLATED)
    if not named or (is_native and named != encoding):
        dataset.file_meta.TransferSyntaxUID = UID(encoding)
    return dataset, is_second or (is_native and named != encoding)


def _by_either(data: bytes | memoryview) -> tuple[Dataset, bool]:
    """Return the data set as pydicom reads it or, where it finds no picture, as its bytes are.

    Raises what pydicom raises, where there is no picture either way.
    """
    try:
        dataset = _by_pydicom(data)
    except (ReadError, MemoryError, RecursionError):
        raise
    except Exception:  # pydicom raises many kinds on odd bytes
        dataset = _by_bytes(bytes(data))
        if not _is_complete(dataset):
            raise
        return dataset, True
    if not _is_complete(dataset):
        whole = bytes(data)
        if any(tag in whole for tag in _PIXEL_DATA_TAGS):
            other = _by_bytes(whole)
            if _is_complete(other):
                return other, True
    return dataset, False


def _is_complete(dataset: Dataset) -> bool:
    is_picture = "Rows" in dataset and "PixelData" in dataset
    return is_picture or "DirectoryRecordSequence" in dataset


class _Stream:
    """Bytes as pydicom reads a file; those at `uncopied` are returned as a memoryview."""

    def __init__(self, data: bytes | memoryview, uncopied: slice | None = None) -> None:
        self._data, self._uncopied = memoryview(data), uncopied
        self._place = 0

    def read(self, size: int = -1) -> bytes | memoryview:
        """Return the next `size` bytes, or fewer at the end; all that are left where negative."""
        start, length = min(self._place, len(self._data)), len(self._data)
        found = slice(start, length if size < 0 else min(start + size, length))
        self._place = found.stop
        part = self._data[found]
        return part if found == self._uncopied else bytes(part)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end. Raises ValueError before the start."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: len(self._data)}
        place = origin[whence] + offset
        if place < 0:
            raise ValueError("before the start")
        self._place = place
        return place

    def tell(self) -> int:
        """Return the place."""
        return self._place


def _by_pydicom(data: bytes | memoryview) -> Dataset:
    import pydicom

    inflated = _inflated(data)
    if inflated is not None:
        return inflated
    pixels = check_structure(data, _meta_end(data, len(_PREAMBLE)))
    return pydicom.dcmread(cast("BinaryIO", _Stream(data, pixels)), force=True)


def _by_bytes(data: bytes) -> Dataset:
    from pydicom.dataset import FileMetaDataset

    start = _meta_end(data, len(_PREAMBLE))
    dataset = parsed_tolerantly(data, start)
    try:
        dataset.file_meta = FileMetaDataset(parsed_tolerantly(data[:start], len(_PREAMBLE)))
    except Exception:  # as above, of elements that belong to no such group
        dataset.file_meta = FileMetaDataset()
    return dataset


def _inflated(data: bytes | memoryview) -> Dataset | None:
    """Return the data set of a deflated file (PS3.5 A.5), None for any other.

    pydicom would inflate without a limit: 500 MB can become 500 GB.
    """
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import read_dataset
    from pydicom.uid import UID

    stream = cast("BinaryIO", _Stream(data))
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
