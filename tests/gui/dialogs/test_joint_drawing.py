"""The drawings of a joint: an osteophyte is a part of its bone."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.dialogs.joint_drawing import JointDrawing
from koa_desktop.gui.style import theme
from koa_desktop.gui.support.settings import Theme


def colours(drawing: JointDrawing) -> list[list[str]]:
    """Return the colour of each pixel, by column."""
    drawing.resize(drawing.sizeHint())
    image = drawing.grab().toImage()
    size = drawing.sizeHint()
    return [
        [image.pixelColor(x, y).name() for y in range(size.height())] for x in range(size.width())
    ]


@pytest.mark.parametrize("look", [Theme.LIGHT, Theme.DARK])
def test_an_osteophyte_has_the_fill_and_the_one_outline_of_its_bone(
    app: QApplication, look: Theme
) -> None:
    before = Theme.DARK if theme.active() is theme.DARK else Theme.LIGHT
    theme.apply(app, look)
    try:
        bone = QColor(theme.active().hover).name()
        bare, lipped = colours(JointDrawing()), colours(JointDrawing(osteophyte=3))
    finally:
        theme.apply(app, before)
    for row in (28, 47):
        # Beyond the margin there is bone up to the tip, and no line crosses it.
        assert bare[95][row] != bone
        assert {lipped[x][row] for x in range(80, 97)} == {bone}
