"""A second reader of DICOM data sets, for files that pydicom gives up or reads without a picture.

It goes by the bytes, not by the file meta group, and takes what other viewers take: sequences and
items without delimiters or with wrong lengths (PS3.5 7.5), an encoding that differs from the one
named or changes within the file (7.1), value representations that do not exist, pixel data that end
with the file.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydicom import Dataset

_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXEL_DATA = 0x7FE00010
_UNDEFINED = 0xFFFFFFFF
_LAST_GROUP = 0x7FE0
_PADDING_GROUP = 0xFFFC  # Data Set Trailing Padding (PS3.10 7.2)
_SHORT = b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
_LONG = b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
_MAX_DEPTH = 16
_MAX_ELEMENTS = 100_000


class _Element(NamedTuple):
    """An element's tag, value representation (empty in implicit VR), and its value's place."""

    tag: int
    vr: str
    start: int
    length: int


class _Contents(dict[Any, Any]):
    """Raw elements and sequences by tag; `is_closed` is false where a data set lacks its end."""

    is_closed = True


def parsed_tolerantly(data: bytes, start: int) -> Dataset:
    """Return the data set that begins at `start`, in whatever encoding it has.

    It has what could be read, which may be nothing.
    """
    from pydicom.dataset import Dataset

    parser = _Parser(data, _is_explicit(data, start), _is_little(data, start))
    contents, _ = parser.contents(start, len(data), 0)
    dataset = Dataset(contents)
    dataset.set_original_encoding(not parser.explicit, parser.little, _charset(dataset))
    return dataset


def _charset(dataset: Dataset) -> Any:
    from pydicom.charset import convert_encodings, default_encoding

    try:
        return convert_encodings(dataset.get("SpecificCharacterSet"))
    except Exception:  # pydicom raises many kinds on odd bytes
        return default_encoding


def _is_explicit(data: bytes, start: int) -> bool:
    return data[start + 4 : start + 6] in _SHORT + _LONG


def _is_little(data: bytes, start: int) -> bool:
    """Tell the byte order from the first tag: groups are small numbers."""
    group = data[start : start + 2]
    return int.from_bytes(group, "little") <= int.from_bytes(group, "big")


class _Parser:
    def __init__(self, data: bytes, explicit: bool, little: bool) -> None:
        self._data = data
        self.explicit, self.little = explicit, little
        order = "<" if little else ">"
        self._tag, self._word = struct.Struct(order + "HH"), struct.Struct(order + "H")
        self._long = struct.Struct(order + "L")
        self._left = _MAX_ELEMENTS

    def contents(
        self, place: int, end: int, depth: int, *, is_bounded: bool = True
    ) -> tuple[_Contents, int]:
        """Return the elements from `place` on, and where they end: at `end`, or at a delimiter.

        Tags ascend within a data set: where they do not, an item that is not bounded by its length
        has ended without a delimiter.
        """
        found = _Contents()
        last = 0
        while place + 8 <= end and self._left > 0:
            tag = self._tag_at(place)
            if tag in (_ITEM, _ITEM_END, _SEQUENCE_END):
                if depth:
                    return found, place
                place += 8  # a delimiter of nothing
                continue
            if tag <= last and not is_bounded:
                return found, place
            last = tag
            self._left -= 1
            place = self._add(found, self._element(place, end), end, depth)
        found.is_closed = is_bounded
        return found, place

    def _add(self, found: _Contents, element: _Element, end: int, depth: int) -> int:
        """Add an element to `found`, and return where the next one begins."""
        tag, vr, start, length = element
        if tag == _PIXEL_DATA:
            length = end - start if length == _UNDEFINED else min(length, end - start)
            self._set(found, element, length)
            # Elements after an encapsulated picture are not needed.
            return end if element.length == _UNDEFINED else start + length
        is_sequence = vr == "SQ" or self._tag_at(start) == _ITEM
        is_whole = length != _UNDEFINED and self._may_follow(start + length, end, tag, by_name=True)
        if is_whole or (length != _UNDEFINED and not is_sequence):
            self._set(found, element, min(length, end - start))
            return start + min(length, end - start)
        if depth >= _MAX_DEPTH:
            return end
        items, place = self._items(start, end, depth)
        self._set_items(found, tag, items)
        return place

    def _set(self, found: _Contents, element: _Element, length: int) -> None:
        from pydicom.dataelem import RawDataElement
        from pydicom.tag import BaseTag

        value = self._data[element.start : element.start + length]
        implicit = not element.vr
        found[BaseTag(element.tag)] = RawDataElement(
            BaseTag(element.tag), element.vr or None, element.length, value, element.start,
            implicit, self.little,
        )  # fmt: skip

    def _set_items(self, found: _Contents, tag: int, items: list[_Contents]) -> None:
        from pydicom.dataelem import DataElement
        from pydicom.dataset import Dataset
        from pydicom.sequence import Sequence
        from pydicom.tag import BaseTag

        if items and not items[-1].is_closed:
            # Neither item nor sequence ended: what follows them was taken for a part of the item.
            for inner, element in items[-1].items():
                found.setdefault(inner, element)
        sequence = Sequence(Dataset(item) for item in items)
        found[BaseTag(tag)] = DataElement(BaseTag(tag), "SQ", sequence)

    def _items(self, place: int, end: int, depth: int) -> tuple[list[_Contents], int]:
        """Return the items of a sequence, and where the element behind the sequence begins."""
        items: list[_Contents] = []
        while place + 8 <= end:
            tag = self._tag_at(place)
            if tag == _SEQUENCE_END:
                return items, place + 8
            if tag == _ITEM_END:
                place += 8
                continue
            if tag != _ITEM:
                break
            length: int = self._long.unpack_from(self._data, place + 4)[0]
            place += 8
            last = place + length
            ended = length != _UNDEFINED and last <= end and self._is_delimiter(last)
            item, place = self.contents(place, last if ended else end, depth + 1, is_bounded=ended)
            items.append(item)
        return items, place

    def _is_delimiter(self, place: int) -> bool:
        return self._tag_at(place) in (_ITEM, _ITEM_END, _SEQUENCE_END)

    def _tag_at(self, place: int) -> int:
        if place + 4 > len(self._data):
            return 0
        group, element = self._tag.unpack_from(self._data, place)
        return int(group) << 16 | int(element)

    def _may_follow(self, place: int, end: int, tag: int, *, by_name: bool) -> bool:
        """Tell whether an element may begin at `place`, behind the one with `tag`.

        With `by_name` it must have a value representation that exists.
        """
        if place == end:
            return True
        after = self._tag_at(place)
        if place + 8 > end or self._is_delimiter(place):
            return place + 8 <= end
        known = after >> 16 <= _LAST_GROUP or after >> 16 == _PADDING_GROUP
        named = not self.explicit or self._data[place + 4 : place + 6] in _SHORT + _LONG
        return after > tag and known and (named or not by_name)

    def _element(self, place: int, end: int) -> _Element:
        """Return the element at `place`, its header taken in the first way that makes sense."""
        tag = self._tag_at(place)
        ways = self._ways(tag, place)
        for by_name in (True, False):
            for way in ways:
                behind = way.start + way.length
                if way.length == _UNDEFINED or self._may_follow(behind, end, tag, by_name=by_name):
                    return way
        return ways[0]

    def _ways(self, tag: int, place: int) -> list[_Element]:
        """Return how the header at `place` can be taken (PS3.5 7.1.2, 7.1.3), likeliest first."""
        data = self._data[place : place + 12].ljust(12, b"\0")
        vr = data[4:6]
        name = vr.decode("latin-1")
        implicit = _Element(tag, "", place + 8, self._long.unpack_from(data, 4)[0])
        short = _Element(tag, name, place + 8, self._word.unpack_from(data, 6)[0])
        long = _Element(tag, name, place + 12, self._long.unpack_from(data, 8)[0])
        if vr in _LONG:
            return [long, short, implicit]
        if vr in _SHORT:
            return [short, long, implicit]
        short, long = short._replace(vr="UN"), long._replace(vr="UN")
        # Two printable characters are a name that does not exist, others a length.
        return [short, long, implicit] if name.isprintable() else [implicit, short, long]
