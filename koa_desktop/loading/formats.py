"""File formats, told apart by the first bytes (magic numbers), not by the file name."""

from __future__ import annotations

_PICTURE_MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"BM",
)
# Groups 0002 and 0008 come first in a DICOM file without its preamble.
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
_FIRST_GROUPS_BIG_ENDIAN = (b"\x00\x02", b"\x00\x08")
_LONGEST_FIRST_ELEMENT = 1024


def looks_like_dicom(head: bytes) -> bool:
    """Tell from a file's first bytes whether it is DICOM, with its preamble (PS3.10 7.1) or not."""
    if b"DICM" in (head[128:132], head[:4]):
        return True
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    if head[:2] in _FIRST_GROUPS:
        return explicit or 0 <= int.from_bytes(head[4:8], "little") <= _LONGEST_FIRST_ELEMENT
    return head[:2] in _FIRST_GROUPS_BIG_ENDIAN and explicit


def looks_like_picture(head: bytes) -> bool:
    """Tell from a file's first bytes whether it is PNG, JPEG, TIFF or BMP."""
    return head.startswith(_PICTURE_MAGIC)
