"""The first frame of encapsulated pixel data (PS3.5 A.4), whatever is wrong with its items."""

from __future__ import annotations

from dataclasses import dataclass, replace

from koa_desktop.dicom.codestream import codestream
from koa_desktop.errors import ReadError, ReadReason

ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0"
_STARTS = (b"\xff\xd8", b"\xff\x4f")  # of JPEG, JPEG-LS and JPEG 2000
_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Frame:
    """The compressed bytes of a frame.

    `breaks_rules` where its items are not as the standard has them, `is_cut` where the file ends
    within the last of them.
    """

    data: bytes
    breaks_rules: bool = False
    is_cut: bool = False


def first_frame(data: bytes, frames: int) -> Frame:
    """Return the first of `frames` frames, which may lie in several fragments. Raises ReadError.

    The offset table is often wrong, and is left alone.
    """
    fragments, breaks_rules, is_cut = _fragments(data)
    if fragments and codestream(fragments[0]) is not None:
        breaks_rules = True  # there is no offset table
    else:
        fragments = fragments[1:]
    # An item of length 0 may be followed by data all the same.
    fragments = [fragment for fragment in fragments if fragment]
    if not fragments:
        raise ReadError(ReadReason.DICOM_CUT_SHORT)
    whole = Frame(b"".join(fragments), breaks_rules, is_cut)
    if frames == 1:
        return whole
    count = _fragments_of_first(fragments)
    return (
        whole
        if count == len(fragments)
        else replace(whole, data=b"".join(fragments[:count]), is_cut=False)
    )


def _fragments_of_first(fragments: list[bytes]) -> int:
    """Return how many fragments the first frame has."""
    has_end = fragments[0][:2] in _STARTS
    # RLE begins with the number of its segments and the place of the first (PS3.5 G.5).
    start = fragments[0][: 2 if has_end else 8]
    for count, fragment in enumerate(fragments, 1):
        following = fragments[count] if count < len(fragments) else start
        if (has_end and fragment.rstrip(b"\0").endswith(_END)) or following.startswith(start):
            return count
    return len(fragments)


def _fragments(data: bytes) -> tuple[list[bytes], bool, bool]:
    """Return the items, whether a length among them is wrong, and whether the last one is cut."""
    found: list[bytes] = []
    place, wrong = 0, False
    while data[place : place + 4] == ITEM and place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8
        end = place + length
        if end < len(data) and data[end : end + 4] not in (ITEM, _SEQUENCE_END):
            end = len(data) + 1
        if end > len(data):
            ends = [
                at for at in (data.find(tag, place) for tag in (ITEM, _SEQUENCE_END)) if at >= 0
            ]
            if not ends:
                return [*found, data[place:]], wrong, True
            end, wrong = min(ends), True
        found.append(data[place:end])
        place = end
    return found, wrong, False
