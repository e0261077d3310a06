"""Letters on a picture: Pillow draws most scripts, Qt those whose letters change their shape."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from koa_desktop.report.pdf_text import needs_help
from koa_desktop.system.paths import RESOURCES

RGB = tuple[int, int, int]


class Letters(NamedTuple):
    """The bundled font in a size, in pixels."""

    pixels: int
    bold: bool = False

    def width(self, text: str) -> float:
        """Return how many pixels wide a line of text is."""
        if needs_help(text):
            return float(_shaped(text, self).width)
        return _font(self).getlength(text)

    def draw(
        self, image: Image.Image, place: tuple[float, float], text: str, ink: RGB, anchor: str
    ) -> None:
        """Draw a line of text; `anchor` is Pillow's: `la`, `lm` or `mm`."""
        if not needs_help(text):
            ImageDraw.Draw(image).text(place, text, ink, _font(self), anchor=anchor)
            return
        shaped = _shaped(text, self)
        x, y = place
        left = x - shaped.width / 2 if anchor[0] == "m" else x
        top = y - shaped.height / 2 if anchor[1] == "m" else y
        image.paste(ink, (round(left), round(top)), shaped)


@lru_cache(maxsize=16)
def _font(letters: Letters) -> ImageFont.FreeTypeFont:
    name = "NotoSans-Bold.ttf" if letters.bold else "NotoSans-Regular.ttf"
    # Read here: FreeType opens no path with letters outside Windows' code page.
    content = io.BytesIO((RESOURCES / "fonts" / name).read_bytes())
    return ImageFont.truetype(content, letters.pixels)


@lru_cache(maxsize=64)
def _shaped(text: str, letters: Letters) -> Image.Image:
    # Where it is needed only: a table or a picture in Latin letters is made without Qt.
    from koa_desktop.report import pdf

    return Image.fromarray(pdf.line_mask(text, letters.pixels, bold=letters.bold))
