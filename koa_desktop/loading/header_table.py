"""The header of a radiograph's file as a table: DICOM elements by tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from koa_desktop.radiograph import RadiographInfo

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

MAX_VALUE = 200  # characters shown of one value
MAX_ROWS = 5000
MAX_DEPTH = 8
MAX_VALUES = 64  # of an element that has many
_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One element: its tag `0010,0010`, its name and its value on one line.

    `depth` is how many sequences it lies in; a picture's rows have no tag.
    """

    tag: str
    name: str
    value: str
    depth: int = 0


def dicom_rows(data: bytes | memoryview) -> tuple[HeaderRow, ...]:
    """Return the elements of a DICOM file's bytes, `MAX_ROWS` at most. Raises ReadError.

    Pixel data, long and binary values are told by their length.
    """
    # Imported here: pictures are looked at without DICOM's libraries.
    from koa_desktop.dicom.parse import parse

    dataset = parse(data).dataset
    rows = chain(_rows(dataset.file_meta, 0), _rows(dataset, 0))
    return tuple(islice(rows, MAX_ROWS))


def picture_rows(radiograph: RadiographInfo) -> tuple[HeaderRow, ...]:
    """Return the few things that are known of a picture that is not DICOM."""
    spacing = radiograph.spacing
    return (
        HeaderRow("", "File format", radiograph.file_format),
        HeaderRow("", "Columns", str(radiograph.width)),
        HeaderRow("", "Rows", str(radiograph.height)),
        HeaderRow("", "Bits of a grey value", str(radiograph.bits)),
        HeaderRow(
            "",
            "Pixel spacing",
            f"{spacing.row_mm:g} × {spacing.column_mm:g} mm" if spacing else "unknown",
        ),
    )


def _rows(dataset: Dataset, depth: int) -> Iterator[HeaderRow]:
    for tag in sorted(dataset.keys()):
        text = f"{int(tag) >> 16:04X},{int(tag) & 0xFFFF:04X}"
        if int(tag) in _PIXELS:
            yield HeaderRow(text, "Pixel data", "not shown", depth)
            continue
        try:
            element = dataset[tag]
            name = _one_line(element.name) or "unknown"
            value = element.value
        except Exception:  # pydicom decodes late, and raises many kinds on odd bytes
            yield HeaderRow(text, "unknown", "cannot be decoded", depth)
            continue
        if element.VR != "SQ":
            yield HeaderRow(text, name, _value_text(element, value), depth)
            continue
        items = list(value)
        count = f"{len(items)} item" + ("" if len(items) == 1 else "s")
        yield HeaderRow(text, name, count, depth)
        for number, item in enumerate(items if depth < MAX_DEPTH else (), 1):
            yield HeaderRow("", f"Item {number}", "", depth + 1)
            yield from _rows(item, depth + 2)


def _value_text(element: DataElement, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes) or element.VR in _BULK:
        return f"{len(value)} bytes" if isinstance(value, bytes) else "binary"
    try:
        if element.VM > 1:
            some = " \\ ".join(str(part) for part in value[:MAX_VALUES])
            text = _one_line(some)
            return f"{text} … ({element.VM} values)" if element.VM > MAX_VALUES else text
        return _one_line(str(value))
    except Exception:  # as above
        return "cannot be decoded"


def _one_line(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text[: 2 * MAX_VALUE])
    shown = " ".join(shown.split())
    return shown if len(shown) <= MAX_VALUE else f"{shown[:MAX_VALUE]}… ({len(text)} characters)"
