"""Fixtures of the viewer."""

from __future__ import annotations

import pytest

from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from tests.support.gui_driver import FIRST, SECOND


@pytest.fixture
def boxed(view: ImageViewer) -> ImageViewer:
    """Two boxes at a zoom of 200 %, the second selected."""
    view.boxes.show([BoxMark(FIRST, "R · KL 2", warning=True), BoxMark(SECOND, "L · KL 0")], 1)
    return view
