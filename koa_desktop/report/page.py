"""A report ready to be laid out, and the sheets it is laid out on.

All lengths of the layout are pixels at 96 to the inch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koa_desktop.report.options import Paper

PIXELS_PER_MM = 96 / 25.4
MARGIN_MM = 14.0


@dataclass(frozen=True, eq=False)
class Report:
    """A report ready to be laid out: HTML, its pictures RGB (H, W, 3) uint8 by name, page lines.

    `running_head` is printed above every page but the first, `footer` below every page. `author`
    is the reader, where readers are named.
    """

    title: str
    html: str
    images: Mapping[str, NDArray[np.uint8]]
    running_head: str
    footer: str
    paper: Paper
    author: str = ""


def body_width(paper: Paper) -> int:
    """Return the width between a sheet's margins in layout pixels."""
    return int((paper.value[0] - 2 * MARGIN_MM) * PIXELS_PER_MM)
