"""A canvas whose pixels are the radiograph's, and whose letters are all equally wide."""

from __future__ import annotations

import numpy as np

from koa_desktop.annotation.canvas import Canvas, Lettering, Sizes
from koa_desktop.annotation.shapes import Pen

LETTER = 5.0


def plain_canvas(width: float, height: float, matrix: object = None) -> Canvas:
    """Return a canvas; `matrix` (2, 3) leads to it from the radiograph."""
    sizes = Sizes(
        outline=Pen(1, 3),
        minimal=Pen(2, 4),
        measurement=Pen(2, 4),
        box=2,
        tick=6,
        arc=22,
        border=4,
        joint_label=Lettering(10, padding=3, height=14, gap=10),
        measurement_label=Lettering(10, padding=3, height=14, gap=12),
        tag=Lettering(10, padding=3, height=14),
    )
    same = np.eye(2, 3) if matrix is None else np.asarray(matrix, float)
    return Canvas(same, width, height, sizes, lambda text, _pixels: LETTER * len(text))
