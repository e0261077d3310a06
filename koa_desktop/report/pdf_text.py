"""Makes the text of a PDF be found and copied in scripts whose letters change their shape.

Qt tells readers of a PDF which letter each glyph is. In Devanagari a glyph can be several letters,
and stands before one that it follows: there each line gets its text as a whole (ActualText, ISO
32000-2, 14.9.4). An Arabic glyph is one form of one letter: there the letter is told in place of
its form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from pypdf import PdfWriter

# Devanagari, and the scripts of India after it, which are shaped alike.
_REORDERED = re.compile("[\u0900-\u0dff]")
# From right to left: their lines are told letter by letter, in any order that is drawn.
_ARABIC = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_RUN = re.compile(rb"BT\n.*?ET\n", re.DOTALL)
_FORM = re.compile(rb"(?<=> <)(F[B-E][0-9A-F]{2})(?=>)", re.IGNORECASE)


class Line(NamedTuple):
    """A line of a page: its text, and the number of glyphs of each run that it is drawn in."""

    text: str
    glyphs: tuple[int, ...]


def needs_help(text: str) -> bool:
    """Tell whether a text has letters that readers of a PDF would not find."""
    return bool(_REORDERED.search(text) or _ARABIC.search(text))


def make_readable(writer: PdfWriter, body: Sequence[Line], ends: Sequence[Sequence[Line]]) -> None:
    """Make the text of a PDF readable.

    `body` are the lines of the text that runs through all pages, `ends` those that each page has
    after its part of it.
    """
    body = [line for line in body if line.glyphs]
    for page, end in zip(writer.pages, ends, strict=True):
        page_data = cast("dict[str, Any]", page)
        drawing = page_data["/Contents"].get_object()
        drawing.set_data(_with_lines(drawing.get_data(), body, end))
        for font in page_data["/Resources"].get("/Font", {}).values():
            letters = font.get_object()["/ToUnicode"].get_object()
            letters.set_data(_FORM.sub(_letter, letters.get_data()))


def _letter(form: re.Match[bytes]) -> bytes:
    """Return the letter of an Arabic form, as hexadecimal UTF-16; ligatures stay as they are."""
    letter = unicodedata.normalize("NFKC", chr(int(form[0], 16)))
    return f"{ord(letter):04X}".encode() if len(letter) == 1 else form[0]


def _with_lines(drawing: bytes, body: Sequence[Line], end: Sequence[Line]) -> bytes:
    """Return a page's drawing in which each reordered line that is found has its text."""
    runs = list(_RUN.finditer(drawing))
    counts = [run[0].count(b" Tj") for run in runs]
    # A page begins with any line of the body.
    starts = (_placed(counts, body[first:]) for first in range(len(body)))
    placed = max(starts, key=len, default=[])
    placed += _placed(counts, end, at=sum(len(line.glyphs) for line, _ in placed))
    parts, done = [], 0
    for line, first in placed:
        if _REORDERED.search(line.text) and not _ARABIC.search(line.text):
            start, stop = runs[first].start(), runs[first + len(line.glyphs) - 1].end()
            text = line.text.encode("utf-16-be").hex().upper().encode()
            opened = b"/Span <</ActualText <FEFF" + text + b">>> BDC\n"
            parts += [drawing[done:start], opened, drawing[start:stop], b"EMC\n"]
            done = stop
    return b"".join([*parts, drawing[done:]])


def _placed(counts: Sequence[int], lines: Sequence[Line], at: int = 0) -> list[tuple[Line, int]]:
    """Return the lines, each with its first run, up to the first one whose glyphs differ.

    Within a line, the order of runs may differ.
    """
    found = []
    for line in lines:
        after = at + len(line.glyphs)
        if sorted(counts[at:after]) != sorted(line.glyphs):
            break
        found.append((line, at))
        at = after
    return found
