"""Pieces of the report's HTML: escaped text, and pictures by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape as html_escape

import numpy as np
from numpy.typing import NDArray

from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

PRINT_SHARPNESS = 3  # picture pixels per layout pixel: about 300 to the inch
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(slots=True)
class Pictures:
    """Pictures RGB (H, W, 3) uint8 by name, gathered while the HTML is written."""

    images: dict[str, NDArray[np.uint8]] = field(default_factory=dict)

    def tag(self, pixels: NDArray[np.uint8], width: float, height: float) -> str:
        """Keep a picture and return the element that shows it, in layout pixels."""
        name = f"picture{len(self.images)}"
        self.images[name] = pixels
        return (
            f'<img src="{name}" width="{width:.0f}" height="{height:.0f}" '
            'style="vertical-align: middle"/>'
        )


def printable(content: str) -> str:
    """Return a text without control characters."""
    return _CONTROL.sub(" ", content)


def escape(content: str) -> str:
    """Return a text for HTML: markup shown literally, control characters left out."""
    return html_escape(printable(content), quote=True)


def text(code: ReportText) -> str:
    """Return a label or sentence for HTML."""
    return escape(sentence(code))


def groups(items: list[str], size: int) -> Iterator[list[str]]:
    """Yield the items in lists of `size`; the last may be shorter."""
    return (items[start : start + size] for start in range(0, len(items), size))
