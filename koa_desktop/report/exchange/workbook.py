"""A table of rows in an Excel workbook (XLSX): it is read, and rows are added below those in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zipfile import ZipFile

from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.report.tables import COLUMNS, NUMBER, Row

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

ENDING = ".xlsx"
_SHEET = "readings"
_AS_TEXT = "@"  # Excel's format of a cell that stays text when somebody edits it
_MOST_LETTERS = 32_767  # in a cell of Excel
_MOST_BYTES = 500_000_000
# The columns in which a number is an amount; elsewhere, as in an ID, it is a text.
_AMOUNTS = {
    *("box_x", "box_y", "box_size", "grade", "p0", "p1", "p2", "p3", "p4"),
    *("jsw_medial", "jsw_lateral", "confidence", "model_grade", "reader_grade"),
    *(name.value for name in OARSI_NAMES),
    *(f"model_{name.value}" for name in OARSI_NAMES),
    *("jsw_medial_error", "jsw_lateral_error"),
    *(f"jsw_medial_x{percent}" for percent in (15, 20, 25, 30)),
    *(f"jsw_lateral_x{percent}" for percent in (70, 75, 80, 85, 90)),
}
# The parts of a workbook that are kept, or that say nothing. openpyxl would drop others.
_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|(docProps|docMetadata|customXml)/.*"
    r"|xl/(_rels|theme|printerSettings|tables|persons)/[^/]*"
    r"|xl/(workbook|styles|sharedStrings|calcChain)\.xml|xl/worksheets/(_rels/)?[^/]*"
)
_NO_LETTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class MoreThanTableError(ValueError):
    """A workbook with parts that would be lost: pictures, charts, comments or macros."""


def cleaned(row: Row) -> Row:
    """Return a row as a workbook can hold it, so that it equals the one that is read back."""
    return Row(*map(_cleaned, row))


def read_workbook(content: bytes) -> tuple[list[str], list[Row]]:
    """Return the columns' names and the rows of the first sheet; no rows where they are others.

    Raises MoreThanTableError, or ValueError where it is damaged or no workbook.
    """
    columns, *lines = _lines(_sheet(content)) or [[]]
    if tuple(columns) != COLUMNS:
        return columns, []
    return columns, [Row(*line) for line in lines]


def workbook_bytes(content: bytes, rows: Iterable[Row]) -> bytes:
    """Return a workbook with `rows` added below its table; an empty `content` begins a new one.

    Texts are stored as texts, whatever they begin with, so that none is a formula. Columns, colours
    and further sheets stay. Raises as `read_workbook` does.
    """
    sheet = _sheet(content) if content else _new_sheet()
    first = len(_lines(sheet)) + 1
    for number, row in enumerate(rows, first):
        for column, (name, text) in enumerate(zip(COLUMNS, row, strict=True), 1):
            _fill(sheet, number, column, text, is_amount=name in _AMOUNTS)
    file = io.BytesIO()
    sheet.parent.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, row: int, column: int, text: str, *, is_amount: bool) -> None:
    if not text:
        return
    cell = sheet.cell(row, column)
    if is_amount and NUMBER.fullmatch(text):
        cell.value = float(text) if "." in text else int(text)
        return
    cell.value = text
    # Else openpyxl takes what begins with an equals sign for a formula.
    cell.data_type = "s"
    cell.number_format = _AS_TEXT


def _new_sheet() -> Worksheet:
    # Imported here: nobody who writes no workbook has it loaded.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = _SHEET
    sheet.append(COLUMNS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    return sheet


def _sheet(content: bytes) -> Worksheet:
    from openpyxl import load_workbook

    try:
        with ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
            if sum(one.file_size for one in infos) > _MOST_BYTES:
                raise ValueError("too large a workbook")
            if not all(_KEPT.fullmatch(one.filename) for one in infos if not one.is_dir()):
                raise MoreThanTableError("a workbook with more than tables")
        return load_workbook(io.BytesIO(content)).worksheets[0]
    except MoreThanTableError:
        raise
    except Exception as error:
        # openpyxl raises whatever damaged XML leads to.
        raise ValueError("a damaged workbook") from error


def _lines(sheet: Worksheet) -> list[list[str]]:
    """Return the lines up to the last with a value, as wide as the table or wider."""
    lines = [
        _trimmed([_text(value) for value in line])
        for line in sheet.iter_rows(max_col=len(COLUMNS) + 1, values_only=True)
    ]
    while lines and not any(lines[-1]):
        lines.pop()
    return lines


def _trimmed(line: Sequence[str]) -> list[str]:
    """Return a line without the column beyond the table where that is empty."""
    return list(line[: len(COLUMNS)] if len(line) > len(COLUMNS) and not line[-1] else line)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cleaned(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = _NO_LETTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text[:_MOST_LETTERS]
