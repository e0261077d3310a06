"""The program's own icons, drawn in the theme's colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QCoreApplication, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolBar, QToolButton

from koa_desktop.gui.style import theme
from koa_desktop.gui.style.plain_text import set_tooltip
from koa_desktop.system.paths import RESOURCES

_FOLDER = RESOURCES / "icons"
_SIZES = (16, 20, 32, 40)


def icon(name: str) -> QIcon:
    """Return the icon `name` in the theme's text colour, and dimmed for disabled actions."""
    drawing = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    colours = theme.active()
    made = QIcon()
    for mode, state, colour in (
        (QIcon.Mode.Normal, QIcon.State.Off, colours.text),
        (QIcon.Mode.Normal, QIcon.State.On, colours.on_accent),
        (QIcon.Mode.Disabled, QIcon.State.Off, colours.figure_dim),
    ):
        for size in _SIZES:
            made.addPixmap(_drawn(drawing.replace("currentColor", colour), size), mode, state)
    return made


def draw_overflow(bar: QToolBar) -> None:
    """Draw the arrows of a tool bar's overflow button in the theme's colour; Qt's are black."""
    button = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    if button is not None:
        button.setIcon(icon("more"))
        words = QCoreApplication.translate("ToolBar", "More commands")
        set_tooltip(button, words)
        button.setAccessibleName(words)


def application_icon() -> QIcon:
    """Return the program's own icon."""
    drawing = (_FOLDER / "koa-desktop.svg").read_text(encoding="utf-8")
    made = QIcon()
    for size in (16, 32, 48, 128, 256):
        made.addPixmap(_drawn(drawing, size))
    return made


def _drawn(drawing: str, size: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
